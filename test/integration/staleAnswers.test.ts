import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Brain } from '../../src/node/simulator/simulator.ts';
import { script, withBench, type Bench, type Played } from '../support/engine.ts';
import { withGitRepository, type GitRepository } from '../support/gitRepository.ts';

/** `read` looks at a file and says what is in it; all others just talk. */
const brain: Brain = (view) => {
  if (!view.prompt.includes('read')) return { text: `said: ${view.prompt.split('\n').at(-1) ?? ''}` };
  const seen = view.results.at(-1);
  return seen ? { text: `saw: ${seen.content}` } : { tools: [{ name: 'Read', input: { path: 'a.txt' } }] };
};
const SCRIPT = script("return [await agent('read it', {label: 'reader'}), await agent('talk', {label: 'talker'})];");

async function withRun(body: (bench: Bench, repo: GitRepository, first: Played) => Promise<void>): Promise<void> {
  await withGitRepository({ 'a.txt': 'old\n' }, (repo) =>
    withBench({ rules: [brain], cwd: repo.dir }, async (bench) => {
      const first = await bench.play(SCRIPT);
      expect(JSON.stringify(first.end.result)).toContain('old');
      await bench.restart();
      await body(bench, repo, first);
    }),
  );
}

const previewOf = async ({ engine }: Bench, runId: string) => {
  const preview = await engine.previewResume(runId);
  if (preview.kind === 'refused') throw new Error(preview.error);
  return preview;
};

describe('W42 answers that may be stale', () => {
  test('are those of agents that looked at files which have changed; kept, nothing is asked', () =>
    withRun(async (bench, repo, { runId, end }) => {
      expect(await previewOf(bench, runId)).toMatchObject({ finishedCalls: 2, knownCalls: 2, staleCalls: [] });
      await repo.write('a.txt', 'new\n');
      expect((await previewOf(bench, runId)).staleCalls).toEqual([{ agentId: 'a1', label: 'reader' }]);
      const asked = bench.simulator.requests.length;
      const again = await bench.resume(runId);
      expect(again.end.result).toEqual(end.result);
      expect(bench.simulator.requests).toHaveLength(asked);
      await bench.restart();
      expect((await previewOf(bench, runId)).staleCalls).toHaveLength(1);
    }));

  test('are asked again when a person wants that, and only they', () =>
    withRun(async (bench, repo, { runId }) => {
      await repo.write('a.txt', 'new\n');
      await repo.commit();
      const asked = bench.simulator.requests.length;
      const launched = await bench.engine.resume({ runId, attended: false, rerunStale: true });
      expect(launched).toMatchObject({ status: 'started' });
      const { end, census } = await bench.engine.finished(runId);
      expect(JSON.stringify(end.result)).toContain('new');
      expect(census.agents).toEqual({ done: 2, fromJournal: 1, null: {}, threw: 0, abandoned: 0 });
      expect(bench.simulator.requests).toHaveLength(asked + 2);
      await bench.restart();
      expect(await previewOf(bench, runId)).toMatchObject({ finishedCalls: 2, knownCalls: 2, staleCalls: [] });
      const third = await bench.resume(runId);
      expect(third.end.result).toEqual(end.result);
      expect(bench.simulator.requests).toHaveLength(asked + 2);
    }));

  test('are none while the run’s own agents alone have changed the files', () =>
    withGitRepository({ 'a.txt': 'old\n' }, (repo) =>
      withBench(
        { rules: [(view) => (view.results.length === 0 ? WRITES : { text: 'written' })], cwd: repo.dir },
        async (bench) => {
          const { runId } = await bench.play(script("return await agent('write it');"));
          expect(await repo.read('b.txt')).toBe('b\n');
          await bench.restart();
          expect((await previewOf(bench, runId)).staleCalls).toEqual([]);
          await repo.write('b.txt', 'by somebody else\n');
          expect((await previewOf(bench, runId)).staleCalls).toHaveLength(1);
        },
      ),
    ));
});

test('W42 an agent that was halfway when its files changed begins anew when a person wants that, else it goes on', () =>
  withGitRepository({ 'a.txt': 'old\n' }, (repo) => {
    let holds = true;
    const halfway: Brain = (view) =>
      holds && view.results.length > 0 ? { text: 'too late', latencyMs: 60_000 } : brain(view);
    return withBench({ rules: [halfway], cwd: repo.dir }, async (bench) => {
      const launched = await bench.launch(SCRIPT);
      if (launched.status === 'refused') throw new Error(launched.errors.join());
      const { runId } = launched;
      await new Promise<void>((resolve) => {
        const listening = bench.engine.subscribe(runId, 1, (batch) => {
          if (batch.some(({ type }) => type === 'tool.ended')) resolve();
        });
        void bench.engine.finished(runId).then(() => listening.dispose());
      });
      await bench.restart();
      holds = false;
      await repo.write('a.txt', 'new\n');
      expect((await previewOf(bench, runId)).staleCalls).toEqual([{ agentId: 'a1', label: 'reader', halfway: true }]);
      const begun = await bench.engine.resume({ runId, attended: false, rerunStale: true });
      expect(begun).toMatchObject({ status: 'started' });
      const { end } = await bench.engine.finished(runId);
      expect(JSON.stringify(end.result)).toContain('new');
      expect(JSON.stringify(end.result)).not.toContain('old');
    });
  }));

const WRITES = { tools: [{ name: 'Write', input: { path: 'b.txt', content: 'b\n' } }] };

test('W40 W43 the result has a file of its own, the census counts what failed, and a resume is counted', () =>
  withBench(
    { rules: [(view) => (view.prompt.includes('two') ? { error: { status: 400 } } : { text: 'ok' })] },
    async (bench) => {
      const body =
        "return {all: await parallel(['one', 'two', 'three'].map((p) => () => agent(p))), seen: coverage(['x', 'y', 'z'], ['1', null]).total};";
      const { runId, census, end, events } = await bench.play(script(body));
      expect(census).toEqual({
        agents: { done: 2, fromJournal: 0, null: { api: 1 }, threw: 0, abandoned: 0 },
        units: { done: 1, failed: 1, unvisited: 1 },
      });
      expect(events.at(-1)).toMatchObject({ type: 'run.ended', census });
      const { runDir } = (await bench.engine.resume({ runId, attended: false })) as { readonly runDir: string };
      await bench.engine.finished(runId);
      expect(JSON.parse(await readFile(join(runDir, 'result.json'), 'utf8'))).toEqual(end.result);
      await bench.restart();
      expect(await bench.engine.previewResume(runId)).toMatchObject({ finishedCalls: 2, knownCalls: 3 });
    },
  ));
