import assert from 'node:assert/strict';
import { teardown, setup, suite, test } from 'mocha';
import * as vscode from 'vscode';
import { readRun } from '../../../src/node/runReader.ts';
import { fold } from '../../../src/projection/reduce.ts';
import { initialState, type ChangeState } from '../../../src/projection/state.ts';
import { runFolders } from '../../../src/node/runFiles.ts';
import { runGit } from '../../support/gitRepository.ts';
import { until } from './happens.ts';
import { stage } from './stage.ts';

/** Commands of the installed extension, on the run that was played before the editor started. */
export function openChangeSuite(): void {
  suite('what a run has made, opened', () => {
    setup(closeAll);
    teardown(closeAll);

    test('a change of one file is a diff of its base and its commit', async () => {
      const { change } = await changeOf('src/greet.js');
      await openChange(change.id);
      const tab = await activeTab(({ input }) => input instanceof vscode.TabInputTextDiff);
      assert.equal(tab.label, 'src/greet.js (polite greeting)');
      const { original, modified } = tab.input as vscode.TabInputTextDiff;
      assert.equal(await text(original), `${await show(`${change.base}:src/greet.js`)}\n`);
      assert.equal(await text(modified), `${await show(`${change.commit}:src/greet.js`)}\n`);
      assert.notEqual(await text(original), await text(modified));
    });

    test('a change of several files is one editor of all: moved, deleted and new, whatever they are called', async () => {
      const { change } = await changeOf('src/list.js');
      await openChange(change.id);
      const tab = await activeTab(({ label }) => label.startsWith('several files'));
      assert.match(tab.label, /\b3 files\b/);
      const sides = {
        'src/old name.js': change.base,
        'src/list.js': change.commit,
        'readme.md': change.base,
        'docs/100% ünï #1?.md': change.commit,
      };
      for (const [path, commit] of Object.entries(sides)) {
        const shown = (): vscode.TextDocument | undefined =>
          vscode.workspace.textDocuments.find(
            ({ uri }) => uri.scheme === 'workflow-git' && uri.path === `/${path}` && uri.query.includes(commit),
          );
        await until(vscode.workspace.onDidOpenTextDocument, () => shown() !== undefined);
        assert.equal(shown()?.getText(), `${await show(`${commit}:${path}`)}\n`, path);
      }
    });

    test('the graph is one tab a run, however often it is asked for', async () => {
      const graphs = (): readonly vscode.Tab[] =>
        vscode.window.tabGroups.all
          .flatMap(({ tabs }) => tabs)
          .filter(
            ({ input }) => input instanceof vscode.TabInputWebview && input.viewType.endsWith('dynamicWorkflows.graph'),
          );
      for (let asked = 0; asked < 2; asked += 1) {
        await vscode.commands.executeCommand('dynamicWorkflows.openGraph', stage().runId);
        await until(vscode.window.tabGroups.onDidChangeTabs, () => graphs().some(({ isActive }) => isActive));
        assert.deepEqual(
          graphs().map(({ label }) => label),
          ['polish graph'],
        );
        await vscode.window.showTextDocument(await vscode.workspace.openTextDocument({ content: 'another tab' }));
      }
    });

    test('the script is the one that the run keeps', async () => {
      await vscode.commands.executeCommand('dynamicWorkflows.openScript', { kind: 'run', runId: stage().runId });
      const shown = vscode.window.activeTextEditor?.document;
      assert.ok(shown);
      assert.ok(shown.fileName.endsWith(`${stage().runId}/script.js`), shown.fileName);
      assert.match(shown.getText(), /^export const meta = \{\n {2}name: 'polish'/);
    });
  });
}

async function openChange(agentId: string): Promise<void> {
  // What a row of the list hands over.
  await vscode.commands.executeCommand('dynamicWorkflows.openGraph', stage().runId);
  await vscode.commands.executeCommand('dynamicWorkflows.openChange', {
    kind: 'agent',
    runId: stage().runId,
    agentId,
  });
}

async function activeTab(fits: (tab: vscode.Tab) => boolean): Promise<vscode.Tab> {
  const { tabGroups } = vscode.window;
  const active = (): vscode.Tab | undefined => tabGroups.activeTabGroup.activeTab;
  await until(tabGroups.onDidChangeTabs, () => {
    const tab = active();
    return tab !== undefined && fits(tab);
  });
  const tab = active();
  if (!tab) throw new Error('No tab is active.');
  return tab;
}

async function changeOf(path: string): Promise<ChangeState> {
  const { home, runId } = stage();
  const folder = (await runFolders(home)).find((each) => each.runId === runId);
  const read = folder && (await readRun(folder.dir));
  if (read?.kind !== 'read') throw new Error(`The run ${runId} cannot be read.`);
  const { changes } = fold(initialState(runId), read.run.events);
  const found = changes.find(({ change }) => change.files.some((file) => file.path === path));
  if (!found) throw new Error(`No change of ${path}`);
  return found;
}

async function text(uri: vscode.Uri): Promise<string> {
  return (await vscode.workspace.openTextDocument(uri)).getText();
}

const show = (object: string): Promise<string> => runGit(stage().folder, ['show', object]);

async function closeAll(): Promise<void> {
  await vscode.commands.executeCommand('workbench.action.closeAllEditors');
}
