import type { Clock } from '../engine/ports.ts';
import type { AgentLife } from './agentLife.ts';
import type { OnQueued } from './commands.ts';
import { LASTING_MS } from './limiterGate.ts';
import type { Recorder } from './recorder.ts';

/** What of a run is needed. */
interface Told {
  readonly recorder: Pick<Recorder, 'emit'>;
  readonly deps: { readonly clock: Clock };
  readonly pause: { readonly runTime: Pick<Clock, 'now'> };
}

/** For an agent's commands and worktree: while they wait for those of others, its clock stands, and a wait that lasts is told. */
export function whileQueued(run: Told, life: AgentLife): OnQueued {
  return (over) => void life.standing(run.pause.runTime, () => telling(run, life, over));
}

async function telling({ deps, recorder }: Told, { agentId, signal }: AgentLife, over: Promise<null>): Promise<void> {
  const begun = new AbortController();
  const lasting = deps.clock.sleep(LASTING_MS, begun.signal).then(
    () => recorder.emit({ type: 'agent.waiting', agentId, on: 'machine', message: '' }),
    () => null,
  );
  await over;
  begun.abort();
  const told = (await lasting) !== null;
  if (told && !signal.aborted) recorder.emit({ type: 'agent.waiting', agentId, on: null, message: '' });
}
