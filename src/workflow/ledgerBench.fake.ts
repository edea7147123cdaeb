import { FakeClock } from '../engine/clock.fake.ts';
import { says, type Scripted } from '../engine/model.fake.ts';
import type { Model, ModelRequest } from '../engine/model.ts';
import { userText } from '../protocol/conversation.ts';
import type { Caps, RunCaps } from '../protocol/run.ts';
import { NO_USAGE } from '../protocol/usage.ts';
import type { Charge } from './budgetedModel.ts';
import type { Prices } from './grants.ts';
import { Ledger, type BoundListener, type SeatStart } from './ledger.ts';
import { NEVER_STARTED, type SpentBefore } from './spending.ts';

export const never = new AbortController().signal;
export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
export const MINUTE = 60_000;

/** A dollar for each thousand bytes of prompt, for each hundred tokens of reply, and for each search. */
const PRICES: Prices = {
  costOf: ({ inputTokens, cacheWriteTokens, outputTokens }, model) =>
    model === 'unpriced' ? null : (inputTokens + cacheWriteTokens) / 1_000 + outputTokens / 100,
  ceilingOf: (bytes, model, searches) =>
    model === 'unpriced' ? null : { prompt: bytes / 1_000 + searches, outputToken: 1 / 100 },
};

interface Setup {
  readonly caps?: RunCaps;
  readonly phases?: Readonly<Record<string, Caps>>;
  readonly sharers?: number;
  readonly before?: Partial<SpentBefore>;
  readonly safetyTokens?: number;
}

export function bench({ caps = {}, phases = {}, sharers = 1, before = {}, safetyTokens }: Setup = {}) {
  const clock = new FakeClock();
  const said: string[] = [];
  const overtime: string[] = [];
  const charges: Charge[] = [];
  const waits: boolean[] = [];
  let paused = 0;
  const ledger = new Ledger(
    {
      clock,
      pausedMs: () => paused,
      sharers: () => sharers,
      onSafety: (kind, message) => said.push(`${kind}: ${message}`),
      onOvertime: (error) => overtime.push(error.message),
      prices: PRICES,
    },
    {
      caps,
      phaseCaps: new Map(Object.entries(phases)),
      before: { ...NEVER_STARTED, ...before },
      safetyTokens: safetyTokens ?? null,
    },
  );
  const heard: BoundListener = {
    onCharge: (charge) => charges.push(charge),
    onWaiting: (is) => waits.push(is),
  };
  let agents = 0;
  const enter = (start: Partial<SeatStart> = {}) => {
    const agentId = start.agentId ?? `a${(agents += 1)}`;
    const seat = ledger.enter({ phase: null, onTimeUp: () => undefined, ...start, agentId });
    const bind = (model: Model, kind = 'agent'): Model =>
      ledger.bind({ agentId, kind }, (through) => through(model), heard);
    return { agentId, seat, bind };
  };
  const pass = async (ms: number): Promise<void> => clock.advance(ms);
  return {
    ...{ ledger, clock, said, overtime, charges, waits, enter, pass },
    pause: (ms: number) => void (paused += ms),
  };
}

export function request(maxTokens = 32_000, model = 'fake'): ModelRequest {
  return { model, system: '', tools: [], messages: [userText('task')], maxTokens };
}

/** A reply that needs so many tokens, cut where the request's limit says, as a service does it. */
export function needing(tokens: number): Scripted {
  return ({ maxTokens }) => {
    const outputTokens = Math.min(tokens, maxTokens);
    const stopReason = tokens > maxTokens ? 'max-tokens' : 'end';
    return says('x'.repeat(10), { usage: { ...NO_USAGE, outputTokens }, stopReason });
  };
}
