import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Command, Event } from '../protocol/messages.ts';
import { answered, counted, leaves, Process, scriptOf, tree, type Tree } from './mortalProcess.fake.ts';
import { fakeRunStore, type FakeRunStore } from './runStore.fake.ts';
import type { OpenRun } from './runStore.ts';
import type { Runtime } from './runtime.ts';

/** What a person may do to a script between two attempts; `at` and `with` choose where and what. */
type Edit =
  | { readonly kind: 'none' | 'reverse' }
  | { readonly kind: 'insert' | 'replace'; readonly at: number; readonly with: string };

const edit: fc.Arbitrary<Edit> = fc.oneof(
  fc.record({ kind: fc.constantFrom('none' as const, 'reverse' as const) }),
  fc.record({
    kind: fc.constantFrom('insert' as const, 'replace' as const),
    at: fc.nat(30),
    with: fc.constantFrom('p0', 'p1', 'new'),
  }),
);

function edited(node: Tree, change: Edit): Tree {
  switch (change.kind) {
    case 'none':
      return node;
    case 'reverse':
      return typeof node === 'string' ? node : { ...node, of: node.of.map((child) => edited(child, change)).reverse() };
    case 'insert':
      return { kind: 'row', of: change.at % 2 === 0 ? [change.with, node] : [node, change.with] };
    case 'replace':
      return replaced(node, change.at % leaves(node).length, change.with).tree;
  }
}

function replaced(node: Tree, at: number, by: string): { readonly tree: Tree; readonly left: number } {
  if (typeof node === 'string') return { tree: at === 0 ? by : node, left: at - 1 };
  let left = at;
  const of = node.of.map((child) => {
    const next = replaced(child, left, by);
    left = next.left;
    return next.tree;
  });
  return { tree: { ...node, of }, left };
}
type Saying =
  { readonly type: 'run.pause' | 'run.continue' } | { readonly type: 'question.answer'; readonly answer: string };

/** Runs until its end or its death. */
async function lifeOf(process: Process, start: () => ReturnType<Runtime['resume']>) {
  const death = new Promise<'dead'>((resolve) => (process.died = () => resolve('dead')));
  const launched = await start();
  if (launched.status === 'refused') throw new Error(launched.errors.join('\n'));
  const ended = await Promise.race([process.runtime.finished(launched.runId), death]);
  return { runId: launched.runId, ended };
}

describe('a run that is killed and resumed', () => {
  test('W42 no finished call that is still in the script is made again, whatever the script, the crash and the edit', async () => {
    await fc.assert(
      fc.asyncProperty(
        tree,
        fc.array(fc.record({ diesAfter: fc.nat(12), edit }), { minLength: 1, maxLength: 3 }),
        fc.array(fc.boolean(), { minLength: 7, maxLength: 7 }),
        async (first, crashes, failures) => {
          const store = fakeRunStore();
          // A prompt's first request in a process may fail for good; its next one does not.
          const fails = (prompt: string, nth: number): boolean => nth === 1 && (failures[Number(prompt[1])] ?? false);
          let node = first;
          let runId: string | null = null;
          for (const crash of [...crashes, { diesAfter: Infinity, edit: { kind: 'none' } as Edit }]) {
            const before = runId === null ? {} : counted(answered(store, runId));
            const process = new Process(store, { diesAfter: crash.diesAfter, fails, script: scriptOf(node) });
            const { runtime } = process;
            const life = await lifeOf(process, () =>
              runId === null
                ? runtime.launch({ script: scriptOf(node), cwd: '/repository', concurrency: 3, attended: false })
                : runtime.resume({ runId, attended: false, scriptPath: '/repository/edited.js' }),
            );
            runId = life.runId;
            const wanted = counted(leaves(node));
            for (const [prompt, asked] of Object.entries(counted(process.asked))) {
              const open = (wanted[prompt] ?? 0) - (before[prompt] ?? 0);
              expect(asked, `requests for ${prompt}`).toBeLessThanOrEqual(Math.max(0, open));
            }
            if (life.ended === 'dead') store.crash(runId);
            else if (!failures.includes(true)) expect(life.ended.end.status).toBe('completed');
            node = edited(node, crash.edit);
          }
        },
      ),
      { numRuns: 150 },
    );
  });

  test('W42 same script, same arguments: no request, and the same result', async () => {
    await fc.assert(
      fc.asyncProperty(tree, fc.nat(10), async (node, diesAfter) => {
        const store = fakeRunStore();
        const script = scriptOf(node);
        const first = new Process(store, { diesAfter });
        const life = await lifeOf(first, () =>
          first.runtime.launch({ script, cwd: '/repository', concurrency: 3, attended: false }),
        );
        if (life.ended === 'dead') store.crash(life.runId);
        const whole = new Process(fakeRunStore(), {});
        const uninterrupted = await lifeOf(whole, () =>
          whole.runtime.launch({ script, cwd: '/repository', concurrency: 3, attended: false }),
        );
        const results: unknown[] = [];
        for (const attempt of ['goes on', 'has nothing left to ask']) {
          const process = new Process(store, {});
          const again = await lifeOf(process, () => process.runtime.resume({ runId: life.runId, attended: false }));
          if (again.ended === 'dead' || uninterrupted.ended === 'dead') throw new Error('it died');
          results.push(again.ended.end.result);
          if (attempt !== 'goes on') expect(process.asked).toEqual([]);
          expect(again.ended.end).toEqual(uninterrupted.ended.end);
        }
        expect(results[0]).toEqual(results[1]);
      }),
      { numRuns: 100 },
    );
  });
});

describe('an agent that was interrupted', () => {
  test('W46 is skipped also while it is looked up where it was', async () => {
    const store = fakeRunStore();
    const script = scriptOf({ kind: 'row', of: ['p0', 'p1'] });
    const first = new Process(store, { diesAfter: 0 });
    const { runId } = await lifeOf(first, () => first.runtime.launch({ script, cwd: '/repository', attended: false }));
    store.crash(runId);
    const lookedUp = Promise.withResolvers<null>();
    const process = new Process(heldBack(store, lookedUp.promise), {});
    const { runtime } = process;
    await runtime.resume({ runId, attended: false });
    const events: Event[] = [];
    const queued = new Promise<void>((resolve) => {
      runtime.subscribe(runId, 1, (batch) => {
        events.push(...batch);
        if (batch.some(({ type }) => type === 'agent.queued')) resolve();
      });
    });
    await queued;
    await Promise.resolve();
    runtime.dispatch({ type: 'agent.steer', runId, commandId: 'c1', agentId: 'a1', message: 'be quick' });
    runtime.dispatch({ type: 'agent.skip', runId, commandId: 'c2', agentId: 'a1' });
    lookedUp.resolve(null);
    const { end } = await runtime.finished(runId);
    expect(events.filter(({ type }) => type === 'refused')).toEqual([]);
    expect([end.result, process.asked]).toEqual([[null, 'answer to p1'], ['p1']]);
  });

  /** A store whose transcripts are read late. */
  function heldBack(store: FakeRunStore, until: Promise<unknown>): FakeRunStore {
    return {
      ...store,
      open: async (runId) => {
        const opened = await store.open(runId);
        if (opened.kind !== 'opened') return opened;
        const readTranscript: OpenRun['readTranscript'] = async (agentId) => {
          await until;
          return opened.run.readTranscript(agentId);
        };
        const get = (run: OpenRun, key: string): unknown =>
          key === 'readTranscript' ? readTranscript : Reflect.get(run, key);
        return { ...opened, run: new Proxy(opened.run, { get }) };
      },
    };
  }
});

describe('X04 a question of the script', () => {
  const SCRIPT = `export const meta = { name: 'ship', description: 'Ships.' };
    const answer = await ask('Deploy?', { choices: ['yes', 'no'], default: 'yes', timeoutMs: 10000 });
    return [answer, await agent('It is ' + answer)];`;

  /** What a person does once it is asked; the run's end. */
  async function asked(
    process: Process,
    start: (runtime: Runtime) => ReturnType<Runtime['resume']>,
    person: (say: (command: Saying) => void) => Promise<void>,
  ) {
    const { runtime } = process;
    const launched = await start(runtime);
    if (launched.status === 'refused') throw new Error(launched.errors.join('\n'));
    const { runId } = launched;
    const events: Event[] = [];
    const open = new Promise<string>((resolve) => {
      runtime.subscribe(runId, 1, (batch) => {
        events.push(...batch);
        for (const event of batch) if (event.type === 'question.asked') resolve(event.requestId);
      });
    });
    const requestId = await open;
    await person((command) => runtime.dispatch({ ...command, runId, commandId: 'c', requestId } as Command));
    const { end } = await runtime.finished(runId);
    const answers = events.filter((event) => event.type === 'question.answered');
    return { runId, result: end.result, by: answers.map(({ by }) => by) };
  }

  const launch = (attended: boolean) => (runtime: Runtime) =>
    runtime.launch({ script: SCRIPT, cwd: '/repository', attended });
  const YES = ['yes', 'answer to It is yes'];
  const NO = ['no', 'answer to It is no'];

  test('waits on while the run stands still', async () => {
    const process = new Process(fakeRunStore(), {});
    const { clock } = process;
    const { result, by } = await asked(process, launch(true), async (say) => {
      await clock.advance(9_000);
      say({ type: 'run.pause' });
      await clock.advance(60_000);
      say({ type: 'run.continue' });
      await clock.advance(900);
      say({ type: 'question.answer', answer: 'no' });
    });
    expect([result, by]).toEqual([NO, ['person']]);
  });

  test('that nobody has answered is asked again where somebody is there, and costs nothing when the answer is the same', async () => {
    const store = fakeRunStore();
    const nobody = await asked(new Process(store, {}), launch(false), async () => undefined);
    expect([nobody.result, nobody.by]).toEqual([YES, ['nobody']]);
    const { runId } = nobody;
    const resumed = async (attended: boolean, answer: string | null) => {
      const process = new Process(store, {});
      const again = await asked(
        process,
        (runtime) => runtime.resume({ runId, attended }),
        async (say) => {
          if (answer === null) await process.clock.advance(10_000);
          else say({ type: 'question.answer', answer });
        },
      );
      return [again.result, again.by, process.asked];
    };
    expect(await resumed(false, null)).toEqual([YES, ['journal'], []]);
    expect(await resumed(true, null)).toEqual([YES, ['nobody'], []]);
    expect(await resumed(true, 'yes')).toEqual([YES, ['person'], []]);
    expect(await resumed(true, 'no')).toEqual([YES, ['journal'], []]);
  });

  test('that nobody has answered gets another answer, and what follows from it is done anew', async () => {
    const store = fakeRunStore();
    const { runId } = await asked(new Process(store, {}), launch(false), async () => undefined);
    const process = new Process(store, {});
    const again = await asked(
      process,
      (runtime) => runtime.resume({ runId, attended: true }),
      async (say) => say({ type: 'question.answer', answer: 'no' }),
    );
    expect([again.result, process.asked]).toEqual([NO, ['It is no']]);
  });
});
