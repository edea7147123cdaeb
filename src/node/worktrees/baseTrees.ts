import { randomBytes } from 'node:crypto';
import { lutimesSync } from 'node:fs';
import { copyFile, link, mkdir, readdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { untilAborted } from '../../base/abort.ts';
import { isAlive, ownerSchema, thisProcess } from '../fileLock.ts';
import type { Gate } from '../gate.ts';
import { expectOk, type Git, type GitCall } from '../git.ts';
import type { GitPlace } from '../gitPlace.ts';
import { removeFolder } from '../removeFolder.ts';
import { bindReadOnly, unmount } from './mounts.ts';

/** All files of one commit, which nobody writes: what worktrees are laid over or copied from. */
export interface BaseTree {
  /** Of its folder in `basesIn(project)`. */
  readonly name: string;
  readonly commit: string;
  /** The files, without a `.git`. */
  readonly files: string;
  /** Says of every file that it is unchanged. No worktree has another name for it, so no agent can write it. */
  readonly index: string;
  /** The same, to be linked to as a worktree's own index: git replaces an index and never writes into one. */
  readonly linkedIndex: string;
}

export const basesIn = (project: string): string => join(project, '.bases');

export function baseTreeAt(project: string, name: string): Pick<BaseTree, 'files' | 'index' | 'linkedIndex'> {
  const folder = join(basesIn(project), name);
  return { files: join(folder, 'files'), index: join(folder, 'index'), linkedIndex: join(folder, 'index.linked') };
}

export interface BaseRequest {
  readonly project: string;
  readonly place: GitPlace;
  readonly runId: string;
  readonly commit: string;
  /** Where mounts can be had, so that nobody at all can write it. */
  readonly readOnly: boolean;
}

/** The base trees that this process has made. Each belongs to it alone, so that no two have to agree when it goes. */
export interface BaseTrees {
  /** One of this commit, or one of the same run, which differs little; made when there is neither. Give it back. */
  borrow(request: BaseRequest, signal: AbortSignal): Promise<BaseTree>;
  /** One worktree less rests on it; what none has rested on for a while is removed. Names of others are no error. */
  giveBack(name: string): void;
  /** The commit's tree stands here already. */
  has(project: string, commit: string): boolean;
  /** Removes all that no worktree rests on. */
  close(): Promise<void>;
}

interface Made {
  readonly project: string;
  readonly commit: string;
  readonly runs: Set<string>;
  readonly tree: Promise<BaseTree>;
  borrowed: number;
  idle?: NodeJS.Timeout | undefined;
}

/** A run that works one agent at a time has none in between. */
const IDLE_MS = 120_000;

export function createBaseTrees(deps: { git: Git; gate: Gate }): BaseTrees {
  const all = new Map<string, Made>();
  const stopping = new AbortController();
  const make = (request: BaseRequest): Made => {
    const name = randomBytes(6).toString('hex');
    const tree = deps.gate.run(() => makeBaseTree(deps.git, name, request, stopping.signal), stopping.signal);
    const made: Made = { ...request, runs: new Set(), tree, borrowed: 0 };
    all.set(name, made);
    // The next who asks may have more luck.
    tree.catch(() => all.delete(name));
    return made;
  };
  const find = ({ project, runId, commit }: BaseRequest): Made | undefined => {
    const here = [...all.values()].filter((one) => one.project === project);
    return here.find((one) => one.commit === commit) ?? here.find((one) => one.runs.has(runId));
  };
  const remove = async (name: string, { project, tree }: Made): Promise<void> => {
    all.delete(name);
    await tree.then(
      () => removeBaseTree(project, name).catch(() => undefined),
      () => undefined,
    );
  };
  const giveBack = (name: string): void => {
    const made = all.get(name);
    if (!made || --made.borrowed > 0) return;
    made.idle = setTimeout(() => void remove(name, made), IDLE_MS).unref();
  };
  return {
    borrow: async (request, signal) => {
      const made = find(request) ?? make(request);
      made.runs.add(request.runId);
      made.borrowed += 1;
      clearTimeout(made.idle);
      try {
        return await untilAborted(made.tree, signal);
      } catch (error) {
        made.borrowed -= 1;
        throw error;
      }
    },
    giveBack,
    has: (project, commit) => [...all.values()].some((one) => one.project === project && one.commit === commit),
    close: async () => {
      stopping.abort();
      const unused = [...all].filter(([, made]) => made.borrowed <= 0);
      for (const [, made] of unused) clearTimeout(made.idle);
      await Promise.all(unused.map(([name, made]) => remove(name, made)));
    },
  };
}

/** Times before all worktrees: git reads again each file that is as young as its index. */
const OLDER_S = 60;
const TIMES_AT_ONCE = 500;

async function makeBaseTree(
  git: Git,
  name: string,
  { project, place, commit, readOnly }: BaseRequest,
  signal: AbortSignal,
): Promise<BaseTree> {
  const tree = { name, commit, ...baseTreeAt(project, name) };
  const { files, index, linkedIndex } = tree;
  await mkdir(files, { recursive: true, mode: 0o700 });
  try {
    await writeFile(join(files, '..', OWNER), JSON.stringify(thisProcess()));
    const where = { cwd: files, gitDir: place.commonDir, workTree: files, indexFile: `${index}.new` };
    const run = async (call: Pick<GitCall, 'args' | 'revisions'>): Promise<string> =>
      expectOk(await git({ ...where, ...call }, signal), 'writing the files that worktrees share');
    await run({ args: ['read-tree', '-m', '-u'], revisions: [commit] });
    await makeOld(files, (await run({ args: ['ls-files', '-z'] })).split('\0'));
    // A file that a filter writes otherwise than it reads it stays what it is in any checkout: to be read again.
    await git({ ...where, args: ['update-index', '-q', '--refresh'] }, signal);
    await copyFile(`${index}.new`, linkedIndex);
    if (readOnly) await bindReadOnly(files);
    // With this it is whole.
    await rename(`${index}.new`, index);
    return tree;
  } catch (error) {
    await removeBaseTree(project, name);
    throw error;
  }
}

async function makeOld(files: string, names: readonly string[]): Promise<void> {
  const time = Math.floor(Date.now() / 1_000) - OLDER_S;
  for (let i = 0; i < names.length; i += TIMES_AT_ONCE) {
    for (const name of names.slice(i, i + TIMES_AT_ONCE)) if (name !== '') makeOneOld(join(files, name), time);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function makeOneOld(path: string, time: number): void {
  try {
    lutimesSync(path, time, time);
  } catch {
    // A file that a sparse checkout leaves out; any other is only read once more.
  }
}

/** Its index under another name, or, on a file system without such, as a copy. */
export async function linkIndex(tree: Pick<BaseTree, 'linkedIndex'>, to: string): Promise<void> {
  await link(tree.linkedIndex, to).catch(() => copyFile(tree.linkedIndex, to));
}

const OWNER = 'owner.json';

async function removeBaseTree(project: string, name: string): Promise<void> {
  await unmount(baseTreeAt(project, name).files);
  await removeFolder(join(basesIn(project), name));
}

/** Removes those of dead processes, but for what `rests` names: worktrees that wait for their recovery. */
export async function sweepBaseTrees(project: string, rests: ReadonlySet<string>): Promise<void> {
  for (const name of await readdir(basesIn(project)).catch(() => [])) {
    if (!rests.has(name) && !(await ownerLives(join(basesIn(project), name, OWNER)))) {
      await removeBaseTree(project, name).catch(() => undefined);
    }
  }
}

/** Without its text it is being written, or its writer died then. */
const UNWRITTEN_MS = 10_000;

async function ownerLives(path: string): Promise<boolean> {
  const owner = ownerSchema.safeParse(await readFile(path, 'utf8').then(parse, () => null));
  if (owner.success) return isAlive(owner.data);
  const folder = await stat(dirname(path)).catch(() => null);
  return folder !== null && Date.now() - folder.mtimeMs < UNWRITTEN_MS;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
