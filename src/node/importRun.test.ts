import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { withGitRepository } from '../../test/support/gitRepository.ts';
import type { Change } from '../protocol/change.ts';
import type { Message } from '../protocol/conversation.ts';
import { completed, entry, logged, manifestFor } from '../workflow/runStore.contract.ts';
import type { RunManifest } from '../workflow/runStore.ts';
import { noteDecision, readDecisions } from './apply/decisionLog.ts';
import { exportRun } from './exportRun.ts';
import { createFileLocks } from './fileLock.ts';
import { createGit } from './git.ts';
import { importRun, type Imported, type ImportOptions } from './importRun.ts';
import { listRuns, readRun, readTranscript } from './runReader.ts';
import { fileRunStore } from './runStore.ts';

let [home, other, folder] = ['', '', ''];
beforeEach(async () => {
  const make = async (): Promise<string> => realpath(await mkdtemp(join(tmpdir(), 'dwf-archive-')));
  [home, other, folder] = [await make(), await make(), await make()];
});
afterEach(() => Promise.all([home, other, folder].map((dir) => rm(dir, { recursive: true, force: true }))));

const git = createGit();
const LONG: Message = { role: 'user', content: [{ type: 'text', text: 'Zeile “🌱”\n'.repeat(60_000) }] };

async function exported(change: Partial<RunManifest> = {}): Promise<{ file: string; dir: string }> {
  const run = await fileRunStore(home).create({ ...manifestFor('run-1', folder), ...change }, 'return 1;');
  run.appendEvents([logged('run-1', 1)]);
  run.appendTranscript('a1', [LONG]);
  await run.appendJournal(entry(1));
  await run.replaceScript('return 2;', '/x.js');
  await run.finish(completed);
  await run.close();
  await writeFile(join(run.dir, 'secret.env'), 'KEY=hunter2');
  const file = join(folder, 'run.dwf-run');
  await exportRun(git, { dir: run.dir, manifest: run.manifest }, file);
  return { file, dir: run.dir };
}

function imported(file: string, options: Partial<ImportOptions> = {}): Promise<Imported> {
  return importRun(other, file, { cwd: folder, tryEvents: () => undefined, ...options });
}

async function refusal(file: string, options?: Partial<ImportOptions>): Promise<string> {
  const result = await imported(file, options);
  if (result.kind === 'imported') throw new Error('it was imported');
  expect(await listRuns(other)).toEqual([]);
  // Nothing half-made is left.
  expect(readdirSync(join(other, 'projects'))).toEqual([]);
  return result.message.replace(file, 'FILE');
}

const linesOf = async (file: string): Promise<unknown[]> =>
  gunzipSync(await readFile(file))
    .toString()
    .trimEnd()
    .split('\n')
    .map((line): unknown => JSON.parse(line));
const archive = async (name: string, lines: readonly unknown[]): Promise<string> => {
  const file = join(folder, name);
  await writeFile(file, gzipSync(lines.map((line) => `${JSON.stringify(line)}\n`).join('')));
  return file;
};

/** An exported run with another text for one of its files. */
async function exportedWith(path: string, text: string): Promise<string> {
  return changed((await exported()).file, path, text);
}

async function changed(file: string, path: string, text: string): Promise<string> {
  const lines = (await linesOf(file)).filter(
    (line) => !(typeof line === 'object' && line !== null && (('path' in line && line.path === path) || 'end' in line)),
  );
  const pieces = [...lines.slice(1), { path, text }] as { path: string; text: string }[];
  const end = {
    files: new Set(pieces.map((piece) => piece.path)).size,
    bytes: pieces.reduce((sum, piece) => sum + Buffer.byteLength(piece.text), 0),
  };
  return archive('changed', [lines[0], ...pieces, { end }]);
}

const OID = 'c'.repeat(40);
const CHANGE = {
  ...{ id: 'a1', summary: 'Mend it', branch: 'workflow/run-1/mend-it-a1' },
  ...{ base: 'b'.repeat(40), commit: OID, files: [] },
};
const LANDED = { status: 'landed', commit: OID, branch: 'workflow/run-1/integration' };
const lineOf = (event: object): string => `${JSON.stringify({ seq: 1, at: 1, runId: 'run-1', ...event })}\n`;

describe('a run as one file', () => {
  test('comes back as it was, and holds nothing but the run', async () => {
    const { file, dir } = await exported();
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(gunzipSync(await readFile(file)).toString()).not.toContain('hunter2');
    const result = await imported(file);
    if (result.kind === 'refused') throw new Error(result.message);
    expect(result).toMatchObject({ runId: 'run-1', changed: [], bundle: null });
    const names = [
      'events.ndjson',
      'journal.ndjson',
      'script.js',
      'script.1.js',
      'shared.txt',
      'result.json',
      'run.json',
      'end.json',
    ];
    for (const name of names)
      expect(readFileSync(join(result.dir, name)).equals(readFileSync(join(dir, name))), name).toBe(true);
    expect(await readTranscript(result.dir, 'a1')).toEqual([LONG]);
    expect(await listRuns(other)).toMatchObject([{ runId: 'run-1', status: 'completed', cwd: folder }]);
    expect(await readRun(result.dir)).toMatchObject({ run: { end: completed.end } });
    const opened = await fileRunStore(other).open('run-1');
    if (opened.kind !== 'opened') throw new Error(opened.kind);
    expect(opened.run.journal).toEqual([entry(1)]);
    await opened.run.close();
    expect(statSync(join(result.dir, 'agents', 'a1.ndjson')).mode & 0o777).toBe(0o600);
  });

  test.each([
    { asked: 100_000, kept: null },
    { asked: 7, kept: 7 },
  ])('W37 goes on with no more agents at once than a person could have set: $asked', async ({ asked, kept }) => {
    const text = lineOf({ type: 'run.changed', concurrency: 16, caps: {}, asked });
    const result = await imported(await exportedWith('events.ndjson', text));
    expect(result).toMatchObject({ kind: 'imported' });
    const opened = await fileRunStore(other).open('run-1');
    if (opened.kind !== 'opened') throw new Error(opened.kind);
    expect(opened.run.concurrency).toBe(kept);
    await opened.run.close();
  });

  test('brings what was discarded and what has landed, and nothing of another checkout', async () => {
    const { dir } = await exported();
    const [branch, commit] = ['workflow/run-1/fix', 'c'.repeat(40)];
    const [discarded, landed] = [
      { type: 'discarded', change: 'a1', branch, commit } as const,
      { type: 'landed', change: 'a2', branch: 'workflow/run-1/integration', commit } as const,
    ];
    const locks = createFileLocks();
    await noteDecision(locks, dir, discarded);
    await noteDecision(locks, dir, { type: 'merged', change: null, branch: 'main', commit });
    await noteDecision(locks, dir, landed);
    const file = join(folder, 'decided.dwf-run');
    await exportRun(git, { dir, manifest: manifestFor('run-1', folder) }, file);
    const result = await imported(file);
    if (result.kind === 'refused') throw new Error(result.message);
    expect(await readDecisions(result.dir)).toMatchObject([discarded, landed]);
  });

  test('says why the commits of its changes are not in it', () =>
    withGitRepository({ 'a.txt': 'a\n' }, async (repository) => {
      const baseCommit = await repository.git('rev-parse', 'HEAD');
      const { dir } = await exported();
      const manifest = { ...manifestFor('run-1', repository.dir), baseCommit };
      const file = join(folder, 'changes.dwf-run');
      expect(await exportRun(git, { dir, manifest }, file)).toMatchObject({ withChanges: false, missing: null });
      await repository.write('a.txt', 'A\n');
      await repository.git('commit', '-qam', 'change');
      await repository.git('update-ref', 'refs/dynamic-workflows/run-1/a1/x', 'HEAD');
      expect(await exportRun(git, { dir, manifest }, file)).toMatchObject({ withChanges: true, missing: null });
      const blob = await repository.git('rev-parse', 'HEAD:a.txt');
      await rm(join(repository.dir, '.git', 'objects', blob.slice(0, 2), blob.slice(2)));
      const broken = await exportRun(git, { dir, manifest }, file);
      expect(broken).toMatchObject({ withChanges: false, missing: expect.stringContaining(blob) as string });
      const gone = { ...manifest, cwd: join(folder, 'gone') };
      expect(await exportRun(git, { dir, manifest: gone }, file)).toMatchObject({
        withChanges: false,
        missing: expect.stringMatching(/./) as string,
      });
    }));

  test('brings its changes, and what became of them', async () => {
    const events = [
      { type: 'run.started', caps: {}, base: { commit: OID, head: OID, dirtyFiles: 0 } },
      { type: 'run.started', caps: {}, base: null },
      { type: 'change.committed', agentId: 'a1', change: CHANGE },
      { type: 'change.empty', agentId: 'a2.1', change: { ...CHANGE, id: 'a2.1', branch: '' } },
      { type: 'change.landed', changeId: 'a1', landing: LANDED },
      { type: 'change.landed', changeId: 'a1', landing: { status: 'conflict', conflicts: ['a.txt'] } },
    ].map((event, at) => lineOf({ seq: at + 1, ...event }));
    const result = await imported(await exportedWith('events.ndjson', events.join('')));
    expect(result).toMatchObject({ kind: 'imported' });
  });

  test('is not brought in twice', async () => {
    const { file } = await exported();
    await imported(file);
    expect(await imported(file)).toMatchObject({
      kind: 'refused',
      message: expect.stringContaining('is here already') as string,
    });
    expect(await listRuns(other)).toHaveLength(1);
  });

  test('brings no rights, no server and no folder of another machine', async () => {
    const { file } = await exported({
      cwd: '/no/such/folder',
      permissionMode: 'bypass',
      requireReview: false,
      modelSource: { kind: 'api', baseURL: 'https://evil.example' },
    });
    const result = await imported(file);
    if (result.kind === 'refused') throw new Error(result.message);
    expect(result.changed).toHaveLength(4);
    expect((await listRuns(other, folder))[0]).toMatchObject({ cwd: folder });
    expect(JSON.parse(await readFile(join(result.dir, 'run.json'), 'utf8'))).toMatchObject({
      cwd: folder,
      permissionMode: 'default',
      requireReview: true,
      modelSource: { kind: 'api', baseURL: null },
    });
  });

  test('belongs to the folder that is given, also where its own is here', async () => {
    const { file } = await exported({ cwd: home });
    const result = await imported(file);
    if (result.kind === 'refused') throw new Error(result.message);
    expect(result.manifest.cwd).toBe(folder);
    expect(result.changed).toEqual([`Its folder was ${home}: it belongs to ${folder} now.`]);
  });

  test('takes the commits of its changes along', () =>
    withGitRepository({ 'a.txt': 'a\n' }, async (repo) => {
      const base = await repo.git('rev-parse', 'HEAD');
      await repo.git('checkout', '-q', '-b', 'workflow/run-1/fix');
      await repo.write('a.txt', 'fixed\n');
      const commit = await repo.commit();
      await repo.git('checkout', '-q', 'main');
      const { file } = await exported({ cwd: repo.dir, baseCommit: base });
      const result = await imported(file);
      if (result.kind === 'refused' || result.bundle === null) throw new Error('no bundle');
      await repo.git('branch', '-D', 'workflow/run-1/fix');
      await repo.git('fetch', '-q', result.bundle, 'refs/heads/workflow/run-1/*:refs/heads/workflow/run-1/*');
      expect(await repo.git('rev-parse', 'workflow/run-1/fix')).toBe(commit);
    }));
});

describe('a file that is no such run is refused, and leaves nothing', () => {
  const HEADER = { format: 'dynamic-workflows-run', version: 1, runId: 'run-1', workflowName: 'w' };

  test.each([
    { name: 'no gzip', content: 'hello', says: 'FILE is no exported run, or is damaged.' },
    { name: 'nothing', content: '', says: 'FILE is torn: its end is missing. Export the run again.' },
    { name: 'gzip of something else', content: gzipSync('{"a":1}\n'), says: 'FILE is no exported run.' },
  ])('$name', async ({ content, says }) => {
    const file = join(folder, 'file');
    await writeFile(file, content);
    expect(await refusal(file)).toBe(says);
  });

  test.each([
    '../../../evil.js',
    '/etc/passwd',
    'agents/../../evil.ndjson',
    'agents/..',
    'owner.1.json',
    'runs/x/run.json',
    'agents\\..\\evil.ndjson',
    'script.js\0',
    'outputs/a1/../../../x.txt',
  ])('a path that leads elsewhere: %s', async (path) => {
    const file = await archive('file', [HEADER, { path, text: 'x' }, { end: { files: 1, bytes: 1 } }]);
    expect(await refusal(file)).toMatch(/^FILE was not made by an export/);
    expect(existsSync(join(other, 'evil.js'))).toBe(false);
  });

  test.each([
    { name: 'a newer version of the file', lines: [{ ...HEADER, version: 2 }], says: /written by a newer version/ },
    { name: 'an id that leads elsewhere', lines: [{ ...HEADER, runId: '../x' }], says: /is no exported run/ },
    { name: 'no end', lines: [HEADER], says: /is torn/ },
    {
      name: 'more after the end',
      lines: [HEADER, { end: { files: 0, bytes: 0 } }, HEADER],
      says: /more after its end/,
    },
    { name: 'less than it says', lines: [HEADER, { end: { files: 1, bytes: 1 } }], says: /does not hold what it says/ },
    { name: 'a line of another kind', lines: [HEADER, { nonsense: 1 }], says: /no part of a run/ },
    { name: 'no manifest', lines: [HEADER, { end: { files: 0, bytes: 0 } }], says: /no run\.json/ },
  ])('$name', async ({ lines, says }) => expect(await refusal(await archive('file', lines))).toMatch(says));

  test('torn at any byte', async () => {
    const { file } = await exported();
    const whole = await readFile(file);
    for (const part of [0.1, 0.5, 0.9, 1]) {
      const torn = join(folder, 'torn');
      await writeFile(torn, whole.subarray(0, Math.floor(whole.length * part) - (part === 1 ? 1 : 0)));
      expect(await refusal(torn)).toMatch(/torn|damaged/);
    }
  });

  test('too large once it is unpacked', async () => {
    const { file } = await exported();
    expect(await refusal(file, { maxBytes: 10_000 })).toMatch(/too large: unpacked it has more than 10000 bytes/);
    const bomb = join(folder, 'bomb');
    await writeFile(bomb, gzipSync(Buffer.alloc(50_000_000, 0x20)));
    expect(await refusal(bomb)).toMatch(/a line without an end/);
  });

  test.each([
    {
      name: 'a newer version of the run',
      path: 'run.json',
      text: JSON.stringify({ ...manifestFor('run-1'), version: 99 }),
      says: /newer version/,
    },
    {
      name: 'the manifest of another run',
      path: 'run.json',
      text: JSON.stringify(manifestFor('run-2')),
      says: /of another run/,
    },
    { name: 'a broken manifest', path: 'run.json', text: '{}', says: /damaged/ },
    { name: 'a broken journal', path: 'journal.ndjson', text: '{}\n', says: /journal cannot be read/ },
    {
      name: 'broken decisions',
      path: 'decisions.ndjson',
      text: '{}\n',
      says: /decided about its changes cannot be read/,
    },
    {
      name: 'a decision about something that is no commit',
      path: 'decisions.ndjson',
      text: `${JSON.stringify({ version: 1, at: 0, type: 'landed', change: 'a1', branch: 'workflow/run-1/x', commit: '--exec=x' })}\n`,
      says: /decided about its changes cannot be read/,
    },
    { name: 'broken events', path: 'events.ndjson', text: '{}\n', says: /events cannot be read/ },
  ])('with $name', async ({ path, text, says }) => expect(await refusal(await exportedWith(path, text))).toMatch(says));

  test.each<{ name: string; change: Partial<Change> }>([
    { name: 'a base that is an option to git', change: { base: '--output=/home/u/.bashrc' } },
    { name: 'a commit that is none', change: { commit: 'main' } },
    { name: 'a branch of another run', change: { branch: 'workflow/run-2/fix-a1' } },
    { name: "a branch of the person's", change: { branch: 'main' } },
    { name: 'a branch of several lines', change: { branch: `workflow/run-1/x ${OID}\nupdate refs/heads/main` } },
    { name: 'an id of several lines', change: { id: `a1 ${OID}\nupdate refs/heads/main` } },
  ])('with a change that has $name', async ({ change }) => {
    const { file } = await exported();
    const made = { ...CHANGE, ...change };
    for (const type of ['change.committed', 'change.empty']) {
      const line = lineOf({ type, agentId: 'a1', change: made });
      expect(await refusal(await changed(file, 'events.ndjson', line))).toMatch(/its events name something that is no/);
    }
    const line = `${JSON.stringify({ ...entry(1), kind: 'change', value: { ...made, diff: '' } })}\n`;
    expect(await refusal(await changed(file, 'journal.ndjson', line))).toMatch(
      /its journal names something that is no/,
    );
  });

  test.each([
    { name: 'a landed commit', event: { type: 'change.landed', landing: { ...LANDED, commit: '--all' } } },
    { name: 'the branch of a landing', event: { type: 'change.landed', landing: { ...LANDED, branch: 'main' } } },
    { name: 'a base', event: { type: 'run.started', caps: {}, base: { commit: '--all', dirtyFiles: 0 } } },
    { name: 'the head below a base', event: { type: 'run.started', caps: {}, base: { commit: OID, head: '--all' } } },
  ])('with an event in which $name is none', async ({ event }) => {
    expect(await refusal(await exportedWith('events.ndjson', lineOf(event)))).toMatch(/no commit or branch of the run/);
  });

  test('with a landing in its journal that is none', async () => {
    const line = `${JSON.stringify({ ...entry(1), kind: 'land', value: { ...LANDED, commit: '--all' } })}\n`;
    expect(await refusal(await exportedWith('journal.ndjson', line))).toMatch(/no commit or branch of the run/);
  });

  test('with events that no view can show', async () => {
    const { file } = await exported();
    const tryEvents = (): void => {
      throw new TypeError('x is undefined');
    };
    expect(await refusal(file, { tryEvents })).toMatch(/events make no sense/);
  });

  test('that is not there', async () => {
    expect(await refusal(join(folder, 'nowhere'))).toBe('There is no file FILE.');
    expect(await refusal(folder)).toMatch(/is a folder/);
  });
});
