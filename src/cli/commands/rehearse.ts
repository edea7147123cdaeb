import { resolve } from 'node:path';
import { CommandError, EXIT } from '../commandError.ts';
import { defaultModel } from '../chooseModel.ts';
import { paintFor } from '../followRun.ts';
import type { Io } from '../io.ts';
import { homeOf, libraryFolders } from '../places.ts';
import { parseRunFlags, type RunFlags } from '../runFlags.ts';
import { renderLine } from '../view/cells.ts';
import { rehearsalPage } from '../view/rehearsalPage.ts';
import { findTarget } from './run.ts';

/** `dwf rehearse <file|name>`: what a run is going to take, found by playing the script with made-up answers (X08). */
export async function rehearse(io: Io, argv: readonly string[]): Promise<number> {
  const flags = await parseRunFlags(io, 'rehearse', argv);
  refuseFlagsOfRuns(flags);
  if (flags.target === undefined) throw new CommandError('Name a workflow or give a file: dwf rehearse <file|name>');
  const { scriptPath } = await findTarget(io, flags, flags.target);
  const { rehearse: play } = await import('../../node/rehearsal/rehearse.ts');
  const stopped = new AbortController();
  const interrupts = io.onInterrupt(() => stopped.abort());
  const options = { home: homeOf(io), workflows: libraryFolders(io), defaultModel: defaultModel(io) };
  const request = { ...flags.settings, scriptPath, cwd: flags.cwd };
  const result = await play(options, request, stopped.signal).finally(() => interrupts.dispose());
  if (stopped.signal.aborted || result.kind === 'unfinished') return EXIT.interrupted;
  if (result.kind === 'refused') throw new CommandError(result.errors);
  const { rehearsal } = result;
  if (flags.show.json === true) io.stdout.write(`${JSON.stringify(rehearsal)}\n`);
  else {
    // Short where the person has named the file so.
    const fileName = resolve(io.cwd, flags.target) === scriptPath ? flags.target : scriptPath;
    const paint = paintFor(io);
    const lines = rehearsalPage(rehearsal, fileName);
    io.stdout.write(lines.map((line) => `${renderLine(line, Infinity, paint)}\n`).join(''));
  }
  return rehearsal.findings.some(({ severity }) => severity === 'error') ? EXIT.refused : EXIT.completed;
}

/** What would be taken without a word, and change nothing. */
function refuseFlagsOfRuns({ model, show, yes, settings, permissions }: RunFlags): void {
  const given = {
    '--simulate': model.simulate,
    '--base-url': model['base-url'],
    '--events': show.events,
    '--result-file': show.resultFile,
    '--permission-mode': settings.permissionMode,
    '--allow, --ask, --deny or --ask-minutes': permissions,
    '--yes': yes ? yes : undefined,
  };
  const [flag] = Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [name]));
  if (flag !== undefined)
    throw new CommandError(`${flag} is for runs; a rehearsal starts none. See: dwf rehearse --help`);
}
