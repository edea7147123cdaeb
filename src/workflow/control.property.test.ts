import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Command, Event } from '../protocol/messages.ts';
import type { JournalLine } from './journalLine.ts';
import { leaves, Process, scriptOf, tree } from './mortalProcess.fake.ts';
import { fakeRunStore, type FakeRunStore } from './runStore.fake.ts';

const ENDS = ['agent.skip', 'agent.stop'] as const;
const TO_AGENTS = [...ENDS, 'agent.restart'] as const;
const TO_RUN = ['run.pause', 'run.continue', 'one at once', 'many at once', 'run.stop', 'phase.finish'] as const;

/** What a person says in the `at`-th turn, to one of the agents that are known by then. */
interface Said {
  readonly at: number;
  readonly what: (typeof TO_AGENTS)[number] | (typeof TO_RUN)[number];
  readonly who: number;
}

interface Attempt {
  readonly diesAfter: number;
  readonly turns: number;
  readonly concurrency: number;
  readonly said: readonly Said[];
}

const attempt: fc.Arbitrary<Attempt> = fc.record({
  diesAfter: fc.nat(14),
  turns: fc.integer({ min: 1, max: 6 }),
  concurrency: fc.integer({ min: 1, max: 4 }),
  said: fc.array(
    fc.record({ at: fc.nat(40), what: fc.constantFrom(...TO_AGENTS, ...TO_AGENTS, ...TO_RUN), who: fc.nat(9) }),
    { maxLength: 8 },
  ),
});

const UNDISTURBED: Attempt = { diesAfter: Infinity, turns: 1, concurrency: 2, said: [] };

/** One life of the process: what was said in it and accepted, and what came of it. */
class Life {
  readonly events: Event[] = [];
  readonly accepted: { readonly what: Said['what']; readonly agentId: string }[] = [];
  readonly process: Process;
  readonly #plan: Attempt;
  #turn = 0;
  #runId = '';

  constructor(store: FakeRunStore, plan: Attempt) {
    this.#plan = plan;
    this.process = new Process(store, plan);
    this.process.onTurn = () => {
      this.#turn += 1;
      for (const said of plan.said) if (said.at === this.#turn) this.#say(said);
    };
  }

  async live(script: string, runId: string | null): Promise<string> {
    const { runtime } = this.process;
    const died = new Promise<void>((resolve) => (this.process.died = resolve));
    const { concurrency } = this.#plan;
    const launched = await (runId === null
      ? runtime.launch({ script, cwd: '/repository', concurrency, attended: false })
      : runtime.resume({ runId, attended: false }));
    if (launched.status === 'refused') throw new Error(launched.errors.join('\n'));
    this.#runId = launched.runId;
    runtime.subscribe(this.#runId, 1, (batch) => void this.events.push(...batch));
    const over = new AbortController();
    const ended = Promise.race([runtime.finished(this.#runId), died]).finally(() => over.abort());
    // A pause is never the end of it.
    for (let n = 1; !over.signal.aborted; n += 1) {
      await new Promise((resolve) => setImmediate(resolve));
      if (n % 50 === 0) this.#dispatch({ type: 'run.continue' });
    }
    await ended;
    return this.#runId;
  }

  endOf(agentId: string) {
    return this.events.find((event) => event.type === 'agent.ended' && event.agentId === agentId);
  }

  #say({ what, who }: Said): void {
    const queued = this.events.flatMap((event) => (event.type === 'agent.queued' ? [event.agentId] : []));
    const agentId = queued[who % Math.max(1, queued.length)];
    if (agentId === undefined || !this.#dispatch({ ...commandOf(what), agentId })) return;
    this.accepted.push({ what, agentId });
  }

  /** False: it was refused. */
  #dispatch(command: object): boolean {
    const before = this.events.length;
    this.process.runtime.dispatch({ ...command, runId: this.#runId, commandId: 'c' } as Command);
    return !this.events.slice(before).some(({ type }) => type === 'refused');
  }
}

function commandOf(what: Said['what']): object {
  if (what === 'one at once' || what === 'many at once')
    return { type: 'run.set', concurrency: what === 'one at once' ? 1 : 200 };
  return what === 'phase.finish' ? { type: what, phase: null } : { type: what };
}

const isEnd = (what: Said['what']): boolean => ENDS.some((end) => end === what);

test('W42 W46 what is accepted is done, at whatever moment it is said, and a skip holds over crashes and stops', async () => {
  await fc.assert(
    fc.asyncProperty(tree, fc.array(attempt, { minLength: 1, maxLength: 4 }), async (node, attempts) => {
      const store = fakeRunStore();
      const skipped = new Set<string>();
      let runId: string | null = null;
      for (const plan of [...attempts, UNDISTURBED]) {
        const life = new Life(store, plan);
        runId = await life.live(scriptOf(node), runId);
        store.crash(runId);
        for (const agentId of skipped) {
          const end = life.endOf(agentId);
          if (end) expect(end).toMatchObject({ fromJournal: true, end: { cause: 'skipped' } });
        }
        for (const { what, agentId } of life.accepted.filter((one) => isEnd(one.what))) {
          if (what === 'agent.skip') skipped.add(agentId);
          const end = life.endOf(agentId);
          if (end) expect(end).toMatchObject({ end: { cause: what === 'agent.skip' ? 'skipped' : 'stopped' } });
        }
        checkRestarts(life);
        checkJournal(life, store.runs.get(runId)?.journal ?? []);
        if (plan === UNDISTURBED) expect(life.events.at(-1)).toMatchObject({ type: 'run.ended' });
      }
      const asked = new Process(store, {});
      const launched = await asked.runtime.resume({ runId: runId ?? '', attended: false });
      if (launched.status === 'refused') throw new Error(launched.errors.join('\n'));
      const { census } = await asked.runtime.finished(launched.runId);
      expect(asked.asked).toEqual([]);
      expect([census.agents.done, census.agents.null['skipped'] ?? 0]).toEqual([
        leaves(node).length - skipped.size,
        skipped.size,
      ]);
    }),
    { numRuns: 200 },
  );
});

/** What a run says of its agents is what a resume finds, and it says one thing of each. */
function checkJournal({ events }: Life, journal: readonly JournalLine[]): void {
  const keys = journal.map(({ key }) => key);
  expect(keys).toEqual([...new Set(keys)]);
  const ends = events.flatMap((event) => (event.type === 'agent.ended' ? [event] : []));
  expect(new Set(ends.map(({ agentId }) => agentId)).size).toBe(ends.length);
  const kept = new Map(journal.flatMap((line) => ('kind' in line ? [[line.agentId, line.kind] as const] : [])));
  for (const { agentId, end } of ends) {
    const skipped = end.kind === 'null' && end.cause === 'skipped' ? 'skip' : undefined;
    expect([agentId, kept.get(agentId)]).toEqual([agentId, end.kind === 'done' ? 'agent' : skipped]);
  }
}

/** Each that was accepted is one, unless the agent was ended in its stead; a stop of the run, or the end of its phase, may come before. */
function checkRestarts({ accepted, events }: Life): void {
  const finished = accepted.some(({ what }) => what === 'phase.finish');
  const restarts = (agentId: string) =>
    events.filter((event) => event.type === 'agent.restarted' && event.agentId === agentId && event.why === 'person');
  for (const agentId of new Set(accepted.map((one) => one.agentId))) {
    const said = accepted.filter((one) => one.agentId === agentId);
    const wanted = said.filter(({ what }) => what === 'agent.restart').length;
    expect(restarts(agentId).length).toBeLessThanOrEqual(wanted);
    const isOver = events.some((event) => event.type === 'agent.ended' && event.agentId === agentId);
    if (isOver && !finished && !said.some(({ what }) => isEnd(what))) expect(restarts(agentId)).toHaveLength(wanted);
  }
}
