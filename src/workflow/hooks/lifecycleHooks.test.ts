import { expect, test } from 'vitest';
import { FakeClock } from '../../engine/clock.fake.ts';
import type { HookEvent, HookRule } from '../../engine/hooks/hookRule.ts';
import { NO_USAGE } from '../../protocol/usage.ts';
import { Recorder } from '../recorder.ts';
import { exited, FakeHookSource, type FakeHook } from './hookPort.fake.ts';
import { hookSourceContract } from './hookPort.contract.ts';
import { LifecycleHooks } from './lifecycleHooks.ts';
import { RunHooks } from './runHooks.ts';

const COMMANDS: Readonly<Record<string, FakeHook>> = {
  ok: exited(0),
  hangs: 'hangs',
  slow: { kind: 'timed-out' },
  true: exited(0),
  'exit 2': exited(2),
  'sleep 600': 'hangs',
};

hookSourceContract('fake', () => new FakeHookSource([], COMMANDS));

const USAGE = { ...NO_USAGE, agents: 0, requests: 0, usd: 0, ms: 0 };
const END = { status: 'completed', result: null, failures: [] } as const;
const never = new AbortController().signal;

/** A run whose hooks are those commands, one an event. */
function stage(hooks: Partial<Record<HookEvent, string>>) {
  const rules = Object.entries(hooks).map(([event, command]) => ({
    ...{ event: event as HookEvent, matcher: '', command, timeoutMs: 1_000, name: `${event} 1` },
  })) satisfies readonly HookRule[];
  const source = new FakeHookSource(rules, COMMANDS);
  const clock = new FakeClock();
  const warnings: string[] = [];
  const warned = new Set<string>();
  const recorder = new Recorder({ runId: 'r', lastSeq: 0, now: () => 0, append: () => undefined, past: () => [] });
  const runHooks = new RunHooks({
    ...{ rules, source, cwd: '/w', runId: 'r', runDir: '/runs/r', workflowName: 'test', permissionMode: 'default' },
    warnOnce: (key, message) => {
      if (!warned.has(key)) warnings.push(message);
      warned.add(key);
    },
  });
  const lifecycle = new LifecycleHooks({ hooks: runHooks, recorder, clock, lastSeq: 0, attempts: 0, dir: '/runs/r' });
  const events = () => source.requests.map(({ input }) => (JSON.parse(input) as { phase?: string }).phase ?? null);
  const enter = (title: string): void => recorder.emit({ type: 'phase.entered', title });
  return { lifecycle, clock, warnings, source, events, enter };
}

async function turns(): Promise<void> {
  for (let n = 0; n < 20; n += 1) await Promise.resolve();
}

test('what happens is told in its order, and a run without hooks waits for nothing', async () => {
  const { lifecycle, events, enter } = stage({ PhaseStart: 'ok' });
  await lifecycle.started(never);
  enter('a');
  enter('b');
  await lifecycle.settle();
  enter('after the end');
  expect(events()).toEqual(['a', 'b']);
  await lifecycle.ended(END, USAGE);
  const none = stage({});
  await none.lifecycle.started(never);
  await none.lifecycle.settle();
  await none.lifecycle.ended(END, USAGE);
  expect(none.source.requests).toEqual([]);
});

test('one that took too long is not called again in the run, and is one warning', async () => {
  const { lifecycle, events, enter, warnings } = stage({ PhaseStart: 'slow' });
  await lifecycle.started(never);
  for (const title of ['a', 'b', 'c']) enter(title);
  await lifecycle.settle();
  expect(events()).toEqual(['a']);
  expect(warnings).toEqual(['The hook PhaseStart 1 took too long and was ended; it counts for nothing.']);
});

test.each([
  { name: 'a minute', hurries: false, waits: 60_000 },
  { name: 'a moment, when the program closes', hurries: true, waits: 1_500 },
])('the end of a run waits for its hooks $name', async ({ hurries, waits }) => {
  const { lifecycle, clock, enter } = stage({ PhaseStart: 'hangs', WorkflowEnd: 'hangs' });
  await lifecycle.started(never);
  enter('a');
  const over = { settled: false, ended: false };
  void lifecycle.settle().then(() => (over.settled = true));
  if (hurries) lifecycle.hurry();
  await turns();
  await clock.advance(waits - 1);
  expect(over.settled).toBe(false);
  await clock.advance(1);
  await turns();
  expect(over.settled).toBe(true);
  void lifecycle.ended(END, USAGE).then(() => (over.ended = true));
  await turns();
  await clock.advance(waits - 1);
  expect(over.ended).toBe(false);
  await clock.advance(1);
  await turns();
  expect(over.ended).toBe(true);
});

test('a run that is stopped does not wait for the hook of its start', async () => {
  const { lifecycle } = stage({ WorkflowStart: 'hangs' });
  const abort = new AbortController();
  const starting = lifecycle.started(abort.signal);
  abort.abort();
  await expect(starting).resolves.toBeUndefined();
});
