import { createGit } from '../../node/git.ts';
import { copySampleProject } from '../../node/sampleProject.ts';
import { chooseModel } from '../chooseModel.ts';
import { CommandError } from '../commandError.ts';
import type { Io } from '../io.ts';
import { packaged } from '../places.ts';
import { parseRunFlags } from '../runFlags.ts';
import { findTarget, startRun } from './run.ts';

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

async function copySample(io: Io): Promise<string> {
  const copied = await copySampleProject(packaged('media', 'sample-project'), createGit(io.env));
  if (copied.kind === 'no-git') throw new CommandError(copied.message);
  return copied.folder;
}
