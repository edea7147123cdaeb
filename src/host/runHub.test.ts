import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { script, withBench, type Bench } from '../../test/support/engine.ts';
import { RunHub, type HubChange } from './runHub.ts';

/** A window's hub over the bench's home; `dirs` are runs that it started itself. */
function withHub<T>(bench: Bench, body: (hub: RunHub, changes: readonly HubChange[]) => Promise<T>): Promise<T> {
  const hub = new RunHub({ home: bench.home, folders: () => [bench.cwd], dirs: () => [] });
  const changes: HubChange[] = [];
  hub.on((change) => changes.push(change));
  return body(hub, changes).finally(() => hub.dispose());
}

const seqsOf = (changes: readonly HubChange[]): readonly number[] =>
  changes.flatMap((change) => (change.type === 'events' ? change.events.map(({ seq }) => seq) : []));

const slow = { rules: [() => ({ text: 'done', latencyMs: 300 })] };
const body = "phase('Look'); return await agent('look', { label: 'look' });";

describe('the runs that a window knows', () => {
  test('W41 a run of another process appears, is followed to its end, and can be read', async () => {
    await withBench(slow, async (bench) => {
      await withHub(bench, async (hub, changes) => {
        await hub.look();
        expect(hub.runs()).toEqual([]);
        const launched = await bench.launch(script(body));
        if (launched.status === 'refused') throw new Error(launched.errors.join());
        const { runId } = launched;
        await hub.look();
        expect(hub.get(runId)).toMatchObject({ status: 'running', alive: true, engine: null });
        await bench.engine.finished(runId);
        await hub.look();
        expect(hub.get(runId)).toMatchObject({ status: 'completed', alive: false });
        const opened = await hub.open(runId);
        expect(opened?.state.end).toMatchObject({ status: 'completed', result: 'done' });
        const seqs = seqsOf(changes);
        expect(seqs).toEqual(seqs.map((_, index) => index + 1));
        expect(seqs.at(-1)).toBe(opened?.state.seq);
        expect(await hub.open('unknown')).toBeUndefined();
      });
    });
  });

  test('a run of this window tells its events as they come, and its end once', async () => {
    await withBench(slow, async (bench) => {
      await withHub(bench, async (hub, changes) => {
        const launched = await bench.launch(script(body));
        if (launched.status === 'refused') throw new Error(launched.errors.join());
        const { runId, runDir } = launched;
        await hub.adopt(bench.engine, runId, runDir);
        expect(hub.get(runId)).toMatchObject({ status: 'running', alive: true, engine: bench.engine });
        await hub.look();
        await bench.engine.finished(runId);
        const end = Date.now() + 5000;
        while (!changes.some(({ type }) => type === 'ended') && Date.now() < end) await sleep(10);
        await hub.look();
        expect(changes.filter(({ type }) => type === 'ended')).toMatchObject([
          { runId, finished: { end: { status: 'completed' } } },
        ]);
        expect(hub.get(runId)).toMatchObject({ status: 'completed', alive: false, engine: null });
        const seqs = seqsOf(changes);
        expect(seqs).toEqual(seqs.map((_, index) => index + 1));
      });
    });
  });

  test('a run that is taken up again goes on where its log had ended', async () => {
    await withBench({ rules: [() => ({ text: 'done' })] }, async (bench) => {
      const first = await bench.play(script(body));
      await withHub(bench, async (hub, changes) => {
        await hub.look();
        const resumed = await bench.engine.resume({ runId: first.runId, attended: false });
        if (resumed.status === 'refused') throw new Error(resumed.errors.join());
        await hub.adopt(bench.engine, first.runId, resumed.runDir);
        await bench.engine.finished(first.runId);
        await hub.look();
        expect((await hub.open(first.runId))?.state).toMatchObject({ attempt: 2, status: 'completed' });
        const seqs = seqsOf(changes);
        expect(seqs).toEqual(seqs.map((_, index) => index + 1));
      });
    });
  });
});
