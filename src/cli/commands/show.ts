import type { Message } from '../../protocol/conversation.ts';
import { readRun, readTranscript, type RunRecord } from '../../node/runReader.ts';
import { agentOf } from '../../projection/agentTable.ts';
import { fold } from '../../projection/reduce.ts';
import { agentsOf, changeTable, shownPhases, usageOf } from '../../projection/select.ts';
import { initialState, type AgentNode, type RunState } from '../../projection/state.ts';
import { waitOf } from '../../projection/waits.ts';
import { openQuestions } from '../answerTo.ts';
import { CommandError, EXIT } from '../commandError.ts';
import { paintFor } from '../followRun.ts';
import type { Io } from '../io.ts';
import { locateRun } from '../locateRun.ts';
import { parseFlags } from '../parseFlags.ts';
import { resultPathIn, usageObject } from '../runObject.ts';
import { renderLine, type Line } from '../view/cells.ts';
import { runPage } from '../view/runPage.ts';
import { transcriptText } from '../view/transcriptText.ts';

const FLAGS = { json: { type: 'boolean' }, agent: { type: 'string' } } as const;

/** `dwf show <runId>`: one run, or with `--agent` one agent's conversation. */
export async function show(io: Io, argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseFlags('show', argv, FLAGS);
  const [text, extra] = positionals;
  if (text === undefined || extra !== undefined)
    throw new CommandError('Name one run: dwf show <runId>. `dwf runs` lists them.');
  const { dir, runId } = await locateRun(io, text, 'nothing to show');
  const read = await readRun(dir);
  if (read.kind === 'unreadable') throw new CommandError(read.message, EXIT.failed);
  const state = fold(initialState(runId), read.run.events);
  if (values.agent !== undefined) await showAgent(io, read.run, state, values.agent, values.json === true);
  else if (values.json === true) io.stdout.write(`${JSON.stringify(showObject(read.run, state, Date.now()))}\n`);
  else print(io, runPage(state, read.run, io.stdout.isTerminal ? io.stdout.size().columns : Infinity, Date.now()));
  return EXIT.completed;
}

async function showAgent(io: Io, run: RunRecord, state: RunState, agentId: string, json: boolean): Promise<void> {
  const agent = agentOf(state.agents, agentId);
  const messages = agent ? await readTranscript(run.dir, agentId) : null;
  if (!agent || messages === null) {
    const known = shownPhases(state).flatMap((phase) => phase.agentIds);
    const list =
      known.length === 0 ? 'It has none.' : `It has: ${known.slice(0, 40).join(', ')}${known.length > 40 ? ', …' : ''}`;
    throw new CommandError(`There is no agent ${agentId} in run ${run.runId}. ${list}`);
  }
  if (json)
    io.stdout.write(
      `${JSON.stringify({ agent: agentObject(agent), messages } satisfies { agent: object; messages: readonly Message[] })}\n`,
    );
  else print(io, transcriptText(agent, messages));
}

function print(io: Io, lines: readonly Line[]): void {
  const paint = paintFor(io);
  io.stdout.write(lines.map((line) => `${renderLine(line, Infinity, paint)}\n`).join(''));
}

function showObject(run: RunRecord, state: RunState, now: number) {
  const { runId, workflowName, status, cwd, dir, createdAt, endedAt, end, pid } = run;
  const usage = usageObject(usageOf(state, state.at));
  const phases = shownPhases(state).map((phase) => ({
    title: phase.title,
    agents: agentsOf(state, phase).map((agent) => ({
      ...agentObject(agent),
      waitsFor: status === 'running' ? waitOf(state, agent, now) : null,
    })),
  }));
  return {
    ...{
      runId,
      workflowName,
      status,
      cwd,
      dir,
      createdAt,
      endedAt,
      pid,
      attempt: state.attempt,
      base: state.head?.base ?? null,
    },
    paused: status === 'running' ? state.paused : null,
    waitsForAnswer: status === 'running' ? openQuestions(state) : [],
    ...{
      result: end?.result ?? null,
      resultPath: end === null ? null : resultPathIn(dir),
      failures: end?.failures ?? [],
      usage,
      census: run.census,
    },
    ...(end !== null && 'message' in end ? { message: end.message } : {}),
    ...{ phases, changes: changeTable(state), log: state.log },
  };
}

function agentObject(agent: AgentNode) {
  const { id, kind, label, phase, model, status, cause, message, preview, usage, usd, requests, fromJournal } = agent;
  return { id, kind, label, phase, model, status, cause, message, preview, requests, usage, usd, fromJournal };
}
