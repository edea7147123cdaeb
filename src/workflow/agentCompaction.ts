import { cheapestFirst, untilUseless, type Compact } from '../engine/compaction.ts';
import { dropOldOutputs } from '../engine/dropOldOutputs.ts';
import { summarize } from '../engine/summarize.ts';
import type { AgentLife } from './agentLife.ts';
import { agentModel } from './agentModel.ts';
import { PLAIN_NAMES } from './modelNames.ts';
import type { RunContext } from './runContext.ts';

const SUMS_UP = 'it sums up what it has done, to make room';
const SUMMED_UP = 'It summed up its conversation to make room';

/** Characters of one tool result: the most that any model is told at once, and of a small window no more than its part. */
const MOST_RESULT_CHARS = 50_000;
const RESULT_CHARS_A_TOKEN_OF_WINDOW = 0.4;

export function resultCap(run: RunContext, model: string): number {
  return Math.min(MOST_RESULT_CHARS, Math.floor(RESULT_CHARS_A_TOKEN_OF_WINDOW * windowIn(run)(model)));
}

function windowIn({ deps }: RunContext): (model: string) => number {
  const names = deps.names ?? PLAIN_NAMES;
  return (model) => names.capabilities(model).contextWindow;
}

/** What keeps one agent's conversation inside its window. A summary is paid as the agent's own, and told as a wait. */
export function agentCompaction(run: RunContext, life: AgentLife): Compact {
  const { agentId } = life;
  const summary = summarize({
    model: agentModel(run, life, 'summary'),
    windowOf: windowIn(run),
    onWriting: (writes) =>
      run.recorder.emit({
        type: 'agent.waiting',
        agentId,
        on: writes ? 'compaction' : null,
        message: writes ? SUMS_UP : '',
      }),
    onReply: ({ model, usage }) =>
      run.recorder.emit({ type: 'agent.charged', agentId, model, usage, estimated: false, message: SUMMED_UP }),
  });
  return cheapestFirst([dropOldOutputs, untilUseless(summary)], windowIn(run));
}
