import { queryLoop, type LoopDeps, type LoopEnd, type LoopEvent, type LoopTask } from '../../engine/queryLoop.ts';
import { withSaid } from '../../engine/goOn.ts';
import { heardWords } from '../../engine/heard.ts';
import { userText } from '../../protocol/conversation.ts';
import { keptFromStopping, type HookedAgent } from './agentHooks.ts';

/** A hook that is never content must not keep an agent at work for ever. */
const MAX_ROUNDS = 5;

/** An agent's loop, gone through again as long as a hook does not let the agent end (SubagentStop, of the session Stop). */
export async function* hookedLoop(
  agent: HookedAgent,
  task: LoopTask,
  deps: LoopDeps,
  signal: AbortSignal,
): AsyncGenerator<LoopEvent, LoopEnd, undefined> {
  const { partial: _partial, ...again } = task;
  let turns = 0;
  const counted: LoopDeps = {
    ...deps,
    model: {
      reply: (...asked) => {
        turns += 1;
        return deps.model.reply(...asked);
      },
    },
  };
  let end = yield* queryLoop(task, counted, signal);
  for (let round = 0; end.kind === 'done';) {
    const lastMessage = end.value === undefined ? end.text : JSON.stringify(end.value);
    const stopping = { event: agent.isSession ? 'Stop' : 'SubagentStop', lastMessage, again: round > 0 } as const;
    const why = await keptFromStopping(agent, stopping, signal);
    const maxTurns = task.maxTurns - turns;
    if (maxTurns <= 0) return end;
    const kept = round < MAX_ROUNDS && why !== null ? [`A hook does not let you end yet: ${why}`] : [];
    // What a person said while hooks were asked.
    const heard = deps.heard?.() ?? [];
    const told = heard.length > 0 ? [...kept, heardWords(heard)] : kept;
    if (told.length === 0) return end;
    round += kept.length;
    const said = userText(told.join('\n\n'));
    yield { type: 'message', message: said };
    end = yield* queryLoop({ ...again, maxTurns, messages: withSaid(end.messages, said) }, counted, signal);
  }
  return end;
}
