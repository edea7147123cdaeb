import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fold } from '../../projection/reduce.ts';
import { agentsOf, changeTable, shownPhases, usageOf } from '../../projection/select.ts';
import { initialState } from '../../projection/state.ts';
import type { Event } from '../../protocol/messages.ts';
import { CommandError, EXIT } from '../commandError.ts';
import type { Io } from '../io.ts';
import { parseFlags } from '../parseFlags.ts';
import { homeOf } from '../places.ts';
import { manyLines } from '../view/cells.ts';

const FLAGS = { cwd: { type: 'string' }, json: { type: 'boolean' } } as const;

/** `dwf import <file>` */
export async function importCommand(io: Io, argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseFlags('import', argv, FLAGS);
  const [file, extra] = positionals;
  if (file === undefined || extra !== undefined) throw new CommandError('Name one file: dwf import <file>');
  const cwd = resolve(io.cwd, values.cwd ?? '.');
  if ((await stat(cwd).catch(() => null))?.isDirectory() !== true)
    throw new CommandError(`--cwd: there is no folder ${cwd}.`);
  const { importRun } = await import('../../node/importRun.ts');
  const imported = await importRun(homeOf(io), resolve(io.cwd, file), { cwd, tryEvents });
  if (imported.kind === 'refused') throw new CommandError(imported.message);
  const { runId, dir, manifest, changed, bundle } = imported;
  if (values.json === true) {
    io.stdout.write(`${JSON.stringify({ runId, dir, cwd: manifest.cwd, changed, bundle })}\n`);
    return EXIT.completed;
  }
  const lines = [
    `${runId} is here, as a run in ${manifest.cwd}. Look at it with: dwf show ${runId}`,
    ...changed,
    ...(bundle === null
      ? []
      : [
          `The commits of its changes are in a git bundle. In a repository that has its base commit ${(manifest.base?.head ?? manifest.baseCommit)?.slice(0, 12) ?? ''}, get them with:`,
          `  git fetch ${bundle} 'refs/dynamic-workflows/${runId}/*:refs/dynamic-workflows/${runId}/*' 'refs/heads/workflow/${runId}/*:refs/heads/workflow/${runId}/*'`,
        ]),
  ];
  io.stdout.write(lines.map((line) => `${manyLines(line)}\n`).join(''));
  return EXIT.completed;
}

/** Everything that views make of a run's events. */
function tryEvents(runId: string, events: readonly Event[]): void {
  const state = fold(initialState(runId), events);
  shownPhases(state).forEach((phase) => agentsOf(state, phase));
  changeTable(state);
  usageOf(state, state.at);
}
