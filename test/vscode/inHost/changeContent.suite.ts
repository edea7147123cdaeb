import assert from 'node:assert/strict';
import { suite, test } from 'mocha';
import * as vscode from 'vscode';
import { contentUri } from '../../../src/host/changeContent.ts';
import { typedInto } from './happens.ts';
import { withGitRepository, type GitRepository } from '../../support/gitRepository.ts';

/** Here the installed extension answers: the scheme is its own. */
export function changeContentSuite(): void {
  suite('a file as a commit has it', () => {
    test('the text of that commit, whatever later commits and the checkout have', async () => {
      await withGitRepository({ 'src/a.js': 'first\n' }, async (repository) => {
        const first = await head(repository);
        await repository.write('src/a.js', 'second\n');
        const second = await repository.commit();
        await repository.write('src/a.js', 'not committed\n');
        assert.equal(await textAt(repository, first, 'src/a.js'), 'first\n');
        assert.equal(await textAt(repository, second, 'src/a.js'), 'second\n');
      });
    });

    test('its language is known, and nobody can type into it', async () => {
      await withGitRepository({ 'src/a.js': 'const a = 1;\n' }, async (repository) => {
        const document = await open(contentUri(repository.dir, await head(repository), 'src/a.js'));
        assert.equal(document.languageId, 'javascript');
        const writable = await vscode.workspace.openTextDocument({ content: ' here' });
        for (const [each, text] of [
          [writable, 'typed here'],
          [document, 'const a = 1;\n'],
        ] as const) {
          assert.equal(await typedInto(each), text);
          await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
        }
      });
    });

    const names = [
      'a b.txt',
      '100%.txt',
      '%2e%2e.txt',
      'what?.txt',
      'c#.txt',
      'plus+and&.txt',
      'it\'s "quoted".txt',
      'ünï/日本 🙂.txt',
      'back\\slash.txt',
      '-dash.txt',
      ':colon.txt',
      '[id]/{x}.txt',
      'line\nbreak.txt',
    ];
    test('odd names of files', async () => {
      const files = Object.fromEntries(names.map((name) => [name, `of ${name}\n`]));
      await withGitRepository(files, async (repository) => {
        const commit = await head(repository);
        for (const name of names) assert.equal(await textAt(repository, commit, name), `of ${name}\n`, name);
      });
    });

    test('odd names of the folder that it is in', async () => {
      await withGitRepository({ 'in #1? 50% ü/a.txt': 'here\n' }, async (repository) => {
        // A worktree elsewhere has the objects as well, and any name.
        const folder = `${repository.dir}/in #1? 50% ü`;
        assert.equal(
          (await open(contentUri(folder, await head(repository), 'in #1? 50% ü/a.txt'))).getText(),
          'here\n',
        );
      });
    });

    const others = [
      { what: 'a file that the commit does not have', path: 'gone.txt', text: /^$/ },
      { what: 'an empty file', path: 'empty.txt', text: /^$/ },
      { what: 'a folder', path: 'src', text: /^$/ },
      { what: 'a binary file', path: 'logo.png', text: /^This file is binary\.$/ },
      { what: 'a path that leads out', path: '../../etc/passwd', text: /^$/ },
    ];
    for (const { what, path, text } of others) {
      test(what, async () => {
        const files = { 'src/a.js': '', 'empty.txt': '', 'logo.png': new Uint8Array([137, 80, 78, 71, 0, 1, 2, 255]) };
        await withGitRepository(files, async (repository) => {
          assert.match(await textAt(repository, await head(repository), path), text);
        });
      });
    }

    test('a commit that is not there says so, and what may be the reason', async () => {
      await withGitRepository({ 'a.txt': 'a\n' }, async (repository) => {
        const text = await textAt(repository, 'f'.repeat(40), 'a.txt');
        assert.match(text, /does not have commit f{9} \(.+\)\. Was the run's branch deleted/);
      });
    });

    test('what is no commit never reaches git', async () => {
      await withGitRepository({ 'a.txt': 'a\n' }, async (repository) => {
        for (const commit of ['HEAD', '--help', 'main', `${await head(repository)}~0`, ''])
          assert.equal(await textAt(repository, commit, 'a.txt'), 'This is no file of a run.', commit);
        for (const query of ['', 'null', '{}', '{"cwd":1,"commit":2}', '{']) {
          const uri = vscode.Uri.from({ scheme: 'workflow-git', path: '/a.txt', query });
          assert.equal((await open(uri)).getText(), 'This is no file of a run.', query);
        }
      });
    });
  });
}

async function textAt({ dir }: GitRepository, commit: string, path: string): Promise<string> {
  return (await open(contentUri(dir, commit, path))).getText();
}

const open = (uri: vscode.Uri): Thenable<vscode.TextDocument> => vscode.workspace.openTextDocument(uri);
const head = (repository: GitRepository): Promise<string> => repository.git('rev-parse', 'HEAD');
