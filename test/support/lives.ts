import type { Brain } from '../../src/node/simulator/simulator.ts';
import type { Event } from '../../src/protocol/messages.ts';

export const last = (prompt: string): string => prompt.split('\n').at(-1) ?? '';

/** `hang` is never answered, all else at once. */
export const hangs: Brain = (view) =>
  view.prompt.includes('hang') ? { text: 'x', stall: true } : { text: `did ${last(view.prompt)}` };

export const started = (agentId: string) => (event: Event) =>
  event.type === 'agent.started' && event.agentId === agentId;

/** Looks again every few milliseconds; the test's own time-out ends what never holds. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
}
