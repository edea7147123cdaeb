import type { Model } from '../engine/model.ts';
import type { AgentLife } from './agentLife.ts';
import type { BoundListener } from './ledger.ts';
import type { Wait } from './limiter.ts';
import { PLAIN_NAMES } from './modelNames.ts';
import type { RunContext } from './runContext.ts';

/**
 * The run's model as one agent asks it: not while the run stands still, within its caps, lending its slot while it waits
 * long, and with its waits told. `kind`: requests of one kind are alike in what they use.
 */
export function agentModel(run: RunContext, life: AgentLife, kind: string): Model {
  const { agentId } = life;
  const lend = <T>(signal: AbortSignal, wait: () => Promise<T>): Promise<T> =>
    life.lending(run.pause.runTime, signal, wait);
  return run.ledger.bind(
    { agentId, kind },
    (through) => {
      const model = run.deps.modelFor((wait) => tellWait(run, agentId, wait), through, lend);
      return {
        reply: async (request, signal, onDelta) => {
          await goingOn(run, agentId, signal);
          return model.reply(request, signal, onDelta);
        },
      };
    },
    listenerOf(run, agentId),
  );
}

/** A quota stands for all agents: it is the run that waits for it (X07). */
function tellWait(run: RunContext, agentId: string, wait: Wait): void {
  const { message, delayMs, code, until } = wait;
  if (code === 'quota') run.pause.begin('quota', message, until ?? run.deps.clock.now() + delayMs);
  if (code === 'queue') run.recorder.emit({ type: 'agent.waiting', agentId, on: 'limiter', message });
  else run.recorder.emit({ type: 'agent.retried', agentId, message, delayMs });
}

function listenerOf(run: RunContext, agentId: string): BoundListener {
  return {
    // Also of what the run's own end cuts off: it waits for its requests, and the next attempt counts them.
    onCharge: (charge) => run.recorder.emit({ type: 'agent.charged', agentId, ...charge }),
    onWaiting: (waits) => {
      const message = waits ? 'others hold what is left of a cap' : '';
      run.recorder.emit({ type: 'agent.waiting', agentId, on: waits ? 'budget' : null, message });
    },
  };
}

async function goingOn(run: RunContext, agentId: string, signal: AbortSignal): Promise<void> {
  while (run.pause.paused) {
    run.recorder.emit({ type: 'agent.waiting', agentId, on: 'pause', message: 'the run is paused' });
    await run.pause.opened(signal);
    run.recorder.emit({ type: 'agent.waiting', agentId, on: null, message: '' });
  }
}

/** What of a run says which model is meant. */
export interface NamedRun {
  readonly model: string;
  readonly deps: Pick<RunContext['deps'], 'names'>;
}

/** The id that is sent for `model` as a script wrote it; `inherit` and nothing mean the run's (W25). */
export function modelOf(run: NamedRun, model: string | undefined): string {
  return model === undefined || model === 'inherit' ? run.model : (run.deps.names ?? PLAIN_NAMES).idOf(model);
}
