import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createGit, NO_GIT } from '../../node/git.ts';
import { chooseModel } from '../chooseModel.ts';
import { CommandError } from '../commandError.ts';
import type { Io } from '../io.ts';
import { packaged } from '../places.ts';
import { parseRunFlags } from '../runFlags.ts';
import { findTarget, startRun } from './run.ts';

const AUTHOR = { name: 'Dynamic Workflows', email: 'demo@dynamic-workflows.invalid' };

/** `npm start`: the main job on a copy of the sample project, simulated unless there is a model to ask. */
export async function demo(io: Io, argv: readonly string[]): Promise<number> {
  const flags = await parseRunFlags(io, 'demo', argv);
  if (flags.target !== undefined)
    throw new CommandError(`The demo has its own workflow: leave "${flags.target}" out, or use dwf run.`);
  const real =
    flags.model.simulate === undefined &&
    (flags.model['base-url'] !== undefined || Boolean(io.env['ANTHROPIC_API_KEY']));
  const model = real
    ? await chooseModel(io, flags.model)
    : await chooseModel(io, { simulate: flags.model.simulate ?? '' });
  const folder = await copySample(io);
  const out = flags.show.json === true || flags.show.events === true ? io.stderr : io.stdout;
  out.write(`The sample project is in ${folder}\n`);
  return startRun(
    io,
    { ...flags, cwd: folder },
    {
      ...(await findTarget(io, flags, 'fix-failing-tests')),
      model: model.kind === 'simulate' ? { ...model, latency: 'visible' } : model,
      gitFolder: folder,
    },
  );
}

/** A new repository with one commit; it stays, so that the branch can be looked at. */
async function copySample(io: Io): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'dwf-sample-'));
  const git = createGit(io.env);
  try {
    await cp(packaged('media', 'sample-project'), folder, { recursive: true });
    for (const args of [
      ['init', '-q', '-b', 'main'],
      ['add', '-A'],
      ['commit', '-q', '-m', 'The sample project'],
    ]) {
      const result = await git({ args, cwd: folder, identity: AUTHOR });
      if (result.kind === 'no-git') throw new CommandError(NO_GIT);
      if (result.kind === 'failed') throw new Error(`git ${args.join(' ')}: ${result.stderr}`);
    }
    return folder;
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}
