import type { WaitsFor } from '../protocol/messages.ts';
import type { PauseReason } from '../protocol/run.ts';
import { formatDuration } from './cost.ts';
import type { AgentNode, Pause, RunState } from './state.ts';

/** How a moment is told, gone or to come: `in 12s`, `2m 05s ago`, `at 14:05`. */
export type Moment = (at: number) => string;

/** What an agent waits for. `text` reads on after "waits for": `a slot`, `the model`, `Bash npm test`. */
export interface Wait {
  readonly on: WaitsFor | 'permission' | 'tool' | 'model';
  readonly text: string;
}

/** For who redraws all the time; who does not tells moments by the clock. */
export function relativeTo(now: number): Moment {
  return (at) => (at > now ? `in ${formatDuration(at - now)}` : `${formatDuration(now - at)} ago`);
}

/** Null for an agent that has ended. */
export function waitOf(state: RunState, agent: AgentNode, now: number, moment: Moment = relativeTo(now)): Wait | null {
  if (agent.status !== 'queued' && agent.status !== 'running') return null;
  const question = state.questions.find(({ agentId, others }) => agentId === agent.id || others.includes(agent.id));
  if (question) return { on: 'permission', text: `permission: ${question.tool} ${question.summary}`.trimEnd() };
  const told = agent.waiting && toldWait(agent.waiting, now, moment);
  if (told) return told;
  const tool = agent.tools.at(-1);
  if (tool) {
    const more = agent.tools.length > 1 ? ` and ${agent.tools.length - 1} more` : '';
    return { on: 'tool', text: `${tool.tool} ${tool.summary}`.trimEnd() + more };
  }
  if (agent.status === 'running') return { on: 'model', text: 'the model' };
  return state.paused ? PAUSED : SLOT;
}

/** `paused 2m 05s ago by a person`; `paused at 14:05 for want of quota, goes on at 15:00: The weekly limit is reached.` */
export function pauseText({ reason, since, until, message }: Pause, moment: Moment): string {
  const goesOn = until === null ? '' : `, goes on ${moment(until)}`;
  const why = reason === 'person' || message === '' ? '' : `: ${message}`;
  return `paused ${moment(since)} ${REASONS[reason]}${goesOn}${why}`;
}

const REASONS: Readonly<Record<PauseReason, string>> = {
  person: 'by a person',
  quota: 'for want of quota',
  limit: 'at a safety limit',
};

const SLOT: Wait = { on: 'slot', text: 'a slot' };
const PAUSED: Wait = { on: 'pause', text: 'the pause to end' };

/** Null for a wait whose time is over: its request is under way, and only the reply will say so. */
function toldWait(waiting: NonNullable<AgentNode['waiting']>, now: number, moment: Moment): Wait | null {
  const { on, message, until } = waiting;
  const why = message === '' ? '' : `: ${message}`;
  switch (on) {
    case 'slot':
      return SLOT;
    case 'pause':
      return PAUSED;
    case 'budget':
      return { on, text: `the budget${why}` };
    case 'machine':
      return { on, text: `its turn on this machine${why}` };
    case 'compaction':
      return { on, text: `its summary${why}` };
    case 'limiter':
      if (until !== null && until <= now) return null;
      return { on, text: `the limiter${until === null ? '' : `, asks again ${moment(until)}`}${why}` };
  }
}
