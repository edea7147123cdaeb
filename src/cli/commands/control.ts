import { CommandError } from '../commandError.ts';
import type { Io } from '../io.ts';
import { foundElsewhere } from '../../node/sessionElsewhere.ts';
import { parseFlags } from '../parseFlags.ts';
import { homeOf } from '../places.ts';
import { agentToTell, phaseToTell, runToTell, tellRun } from '../tellRun.ts';
import { oneLine } from '../view/cells.ts';

// What is said to a run under way, whichever process has it (W46).

interface Words {
  readonly json: boolean | undefined;
  readonly words: readonly string[];
}

function wordsOf(command: string, argv: readonly string[], most: number): Words {
  const { values, positionals } = parseFlags(command, argv, { json: { type: 'boolean' } });
  const extra = positionals[most];
  if (extra !== undefined) throw new CommandError(`"${extra}" is one too many. See: dwf ${command} --help`);
  return { json: values.json, words: positionals };
}

export async function pause(io: Io, argv: readonly string[]): Promise<number> {
  const { json, words } = wordsOf('pause', argv, 1);
  const run = await runToTell(io, words[0], 'dwf pause <runId>');
  const said = `Run ${run.runId} pauses: what is under way comes to its end. Go on with: dwf resume ${run.runId}`;
  return tellRun(io, run, { type: 'run.pause' }, { said, json });
}

/** A run, one agent of it, or a session that is open. */
export async function stop(io: Io, argv: readonly string[]): Promise<number> {
  const { json, words } = wordsOf('stop', argv, 2);
  const session = words[0] === undefined ? null : await foundElsewhere(homeOf(io), words[0]);
  if (session !== null) {
    const { sessionId: runId, dir } = session;
    const said = `Session ${runId} is closed. Go on with: dwf chat --session ${runId}`;
    return tellRun(io, { runId, dir }, { type: 'run.stop' }, { said, json });
  }
  const run = await runToTell(io, words[0], 'dwf stop <runId> [agent]');
  if (words[1] === undefined) {
    const said = `Run ${run.runId} stops. Go on with: dwf resume ${run.runId}`;
    return tellRun(io, run, { type: 'run.stop' }, { said, json });
  }
  const { id, label } = await agentToTell(run, words[1], 'dwf stop <runId> <agent>');
  const said = `${oneLine(label)} stops. A resume of the run asks it again.`;
  return tellRun(io, run, { type: 'agent.stop', agentId: id }, { said, json });
}

export async function skip(io: Io, argv: readonly string[]): Promise<number> {
  const { json, words } = wordsOf('skip', argv, 2);
  const run = await runToTell(io, words[0], 'dwf skip <runId> <agent>');
  const { id, label } = await agentToTell(run, words[1], 'dwf skip <runId> <agent>');
  const said = `${oneLine(label)} is skipped, also when the run is resumed.`;
  return tellRun(io, run, { type: 'agent.skip', agentId: id }, { said, json });
}

export async function restart(io: Io, argv: readonly string[]): Promise<number> {
  const { json, words } = wordsOf('restart', argv, 2);
  const run = await runToTell(io, words[0], 'dwf restart <runId> <agent>');
  const { id, label } = await agentToTell(run, words[1], 'dwf restart <runId> <agent>');
  const said = `${oneLine(label)} begins anew.`;
  return tellRun(io, run, { type: 'agent.restart', agentId: id }, { said, json });
}

export async function steer(io: Io, argv: readonly string[]): Promise<number> {
  const usage = 'dwf steer <runId> <agent> <message>';
  const { json, words } = wordsOf('steer', argv, Infinity);
  const run = await runToTell(io, words[0], usage);
  const { id, label } = await agentToTell(run, words[1], usage);
  const message = words.slice(2).join(' ').trim();
  if (message === '') throw new CommandError(`Say what to tell it: ${usage}`);
  const said = `${oneLine(label)} is told before its next turn.`;
  return tellRun(io, run, { type: 'agent.steer', agentId: id, message }, { said, json });
}

export async function finish(io: Io, argv: readonly string[]): Promise<number> {
  const { json, words } = wordsOf('finish', argv, 2);
  const run = await runToTell(io, words[0], 'dwf finish <runId> [phase]');
  const { title } = await phaseToTell(run, words[1]);
  const what = title === null ? 'What is outside of phases' : `The phase ${oneLine(title)}`;
  const said = `${what} is finished without the agents that had not ended.`;
  return tellRun(io, run, { type: 'phase.finish', phase: title }, { said, json });
}
