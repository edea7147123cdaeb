import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { applyDeps } from '../../src/node/apply/applyDeps.ts';
import { discardChange, restoreChange } from '../../src/node/apply/discardChange.ts';
import { createGit } from '../../src/node/git.ts';
import type { Brain, RequestView } from '../../src/node/simulator/simulator.ts';
import { signal } from '../support/applyStage.ts';
import { type GitRepository, withGitRepository } from '../support/gitRepository.ts';
import { TOO_LONG_CODE } from '../support/tooLong.ts';
import { finish, resultOf, script, withBench, type Bench } from '../support/engine.ts';

const FILES = { 'a.txt': 'one\n', 'b.txt': 'two\n' };

/** An author writes the file that its task names (`write a.txt: text`), then says so. */
const author: Brain = (view) => {
  const task = /write (\S+): (.*)/.exec(view.prompt);
  if (!task || isReviewer(view) || isSkeptic(view)) return undefined;
  const [, path = '', content = ''] = task;
  const steps = [
    { tools: [{ name: 'Read', input: { path } }] },
    { tools: [{ name: 'Write', input: { path, content: `${content}\n` } }] },
  ];
  return steps[view.turn] ?? { text: `Set ${path} to ${content}` };
};

const isReviewer = (view: RequestView): boolean => view.system.includes('You are a reviewer');
const isSkeptic = (view: RequestView): boolean => view.system.includes('You are a skeptic');

/** A reviewer with one finding on `path`, and skeptics who vote as listed. */
function reviewers(path: string, severity: string, votes: readonly string[]): Brain {
  let asked = 0;
  return (view) => {
    if (isReviewer(view)) {
      const finding = { path, line: 1, quote: 'new', severity, title: 'Wrong text', body: 'It should stay.' };
      return { structured: { findings: view.prompt.includes(path) ? [finding] : [] } };
    }
    if (isSkeptic(view))
      return { structured: { verdict: votes[asked++ % votes.length] ?? 'abstained', reason: 'I looked.' } };
    return undefined;
  };
}

/** Once the engine is closed: what was released is removed in the background. */
async function expectUntouched(repo: GitRepository, { home, restart }: Bench): Promise<void> {
  await restart();
  expect(await repo.git('status', '--porcelain')).toBe('');
  expect(await repo.git('branch', '--show-current')).toBe('main');
  expect((await repo.git('worktree', 'list')).split('\n')).toHaveLength(1);
  const left = await readdir(join(home, 'worktrees'), { recursive: true, withFileTypes: true }).catch(() => []);
  expect(left.filter((entry) => entry.isFile()).map((entry) => entry.name)).toEqual([]);
}

/** A run that is stopped once an agent of this prompt is at work, and the first change that it made. */
async function stoppedBefore({ engine, launch }: Bench, body: string, prompt: string) {
  const launched = await launch(script(body));
  if (launched.status === 'refused') throw new Error(launched.errors.join());
  const { runId, runDir: dir } = launched;
  const waiting = new Set<string>();
  engine.subscribe(runId, 1, (batch) => {
    for (const event of batch) {
      if (event.type === 'agent.queued' && event.label === prompt) waiting.add(event.agentId);
      if (event.type === 'agent.started' && waiting.has(event.agentId))
        engine.dispatch({ type: 'run.stop', runId, commandId: 'c1' });
    }
  });
  const { events } = await finish(engine, launched);
  const made = events.find((event) => event.type === 'change.committed');
  if (made === undefined) throw new Error('It made no change.');
  return { run: { runId, dir }, change: made.change };
}

describe('worktrees, reviews and landings', () => {
  test('W27 an agent in a worktree leaves its change on a branch of its own, and nothing in the checkout', async () => {
    await withGitRepository(FILES, async (repo) => {
      await withBench({ rules: [author], cwd: repo.dir }, async (bench) => {
        const { play } = bench;
        const played = await play(
          script("return await agent('write a.txt: new', {isolation: 'worktree', label: 'Say new!'});"),
        );
        expect(played.end).toMatchObject({ status: 'completed', result: 'Set a.txt to new' });
        const committed = played.events.find((event) => event.type === 'change.committed');
        expect(committed).toMatchObject({
          change: { files: [{ path: 'a.txt', status: 'modified', additions: 1, deletions: 1 }] },
        });
        const branch = `workflow/${played.runId}/say-new-a1`;
        expect(await repo.git('show', `${branch}:a.txt`)).toBe('new');
        await expectUntouched(repo, bench);
      });
    });
  });

  test('W27 an agent that changed nothing leaves nothing', async () => {
    await withGitRepository(FILES, async (repo) => {
      await withBench({ rules: [() => ({ text: 'looked' })], cwd: repo.dir }, async (bench) => {
        const { play } = bench;
        const before = await repo.git('for-each-ref');
        await play(script("return await agent('look', {isolation: 'worktree'});"));
        expect(await repo.git('for-each-ref')).toBe(before);
        await expectUntouched(repo, bench);
      });
    });
  });

  test('W27 without a repository the call is null with cause worktree; it never runs in the folder instead', async () => {
    await withBench({ rules: [author] }, async ({ play, simulator }) => {
      // The option is spelled at run time, so that the launch cannot know it needs a repository.
      const body =
        "const key = 'isolation'; return await agent('write a.txt: new', Object.fromEntries([[key, 'worktree']]));";
      const played = await play(script(body));
      expect(played.end).toMatchObject({ status: 'degraded', result: null, failures: [{ cause: 'worktree' }] });
      expect(simulator.requests).toHaveLength(0);
    });
  });

  test('X01 change() resolves to its branch, commit, files and diff', async () => {
    await withGitRepository(FILES, async (repo) => {
      await withBench({ rules: [author], cwd: repo.dir }, async ({ play }) => {
        const played = await play(script("return await change('write c.txt: hello');"));
        const head = await repo.git('rev-parse', 'HEAD');
        expect(resultOf(played)).toMatchObject({
          id: 'a1',
          summary: 'Set c.txt to hello',
          base: head,
          files: [{ path: 'c.txt', status: 'added', additions: 1, deletions: 0 }],
          diff: expect.stringContaining('+hello') as string,
        });
      });
    });
  });

  test('X01 the failing output of verify goes back to the author, who mends the change', async () => {
    const brain: Brain = (view) => {
      const steps = [
        { tools: [{ name: 'Write', input: { path: 'c.txt', content: 'wrong\n' } }] },
        { text: 'Added c.txt' },
        { tools: [{ name: 'Read', input: { path: 'c.txt' } }] },
        { tools: [{ name: 'Write', input: { path: 'c.txt', content: 'right\n' } }] },
      ];
      return steps[view.turn] ?? { text: 'Mended c.txt' };
    };
    await withGitRepository(FILES, async (repo) => {
      await withBench({ rules: [brain], cwd: repo.dir }, async ({ play, simulator }) => {
        const played = await play(
          script(
            "return (await change('add c.txt', {verify: 'grep right c.txt || (echo no right in it; exit 1)'})).diff;",
          ),
        );
        expect(resultOf(played)).toContain('+right');
        expect(JSON.stringify(simulator.requests[2]?.messages.at(-1))).toContain('no right in it');
      });
    });
  });

  test('X01 a verify that could not be started is none of the change’s faults: a resume tries it again', async () => {
    await withGitRepository(FILES, async (repo) => {
      await withBench({ rules: [author], cwd: repo.dir }, async ({ play, resume, simulator }) => {
        const played = await play(script(`return await change('write a.txt: new', {verify: ${TOO_LONG_CODE}});`));
        const failures = [{ cause: 'not-started', message: expect.stringContaining('could not be started') as string }];
        expect(played.end).toMatchObject({ status: 'degraded', result: null, failures });
        const asked = simulator.requests.length;
        expect((await resume(played.runId)).end).toMatchObject({ failures });
        // It had said that it is done.
        expect(simulator.requests).toHaveLength(asked);
      });
    });
  });

  test('X01 a change that never passes verify is null, and its work is kept on its branch', async () => {
    await withGitRepository(FILES, async (repo) => {
      await withBench({ rules: [author], cwd: repo.dir }, async ({ play }) => {
        const played = await play(script("return await change('write a.txt: new', {verify: 'false', attempts: 1});"));
        expect(played.end).toMatchObject({ status: 'degraded', result: null, failures: [{ cause: 'verify' }] });
        expect(await repo.git('show', `workflow/${played.runId}/write-a-txt-new-a1:a.txt`)).toBe('new');
      });
    });
  });

  test.each([
    {
      name: 'two of three refute a blocker: dropped',
      severity: 'blocker',
      votes: ['refuted', 'upheld', 'refuted'],
      approved: true,
      kept: 0,
    },
    {
      name: 'one of three refutes: kept',
      severity: 'major',
      votes: ['refuted', 'upheld', 'upheld'],
      approved: false,
      kept: 1,
    },
    {
      name: 'an abstention never counts as refuted',
      severity: 'blocker',
      votes: ['refuted', 'abstained', 'abstained'],
      approved: false,
      kept: 1,
    },
    { name: 'a kept nit does not stop the change', severity: 'nit', votes: ['upheld'], approved: true, kept: 1 },
  ])('X02 review(): $name', async ({ severity, votes, approved, kept }) => {
    await withGitRepository(FILES, async (repo) => {
      await withBench({ rules: [author, reviewers('a.txt', severity, votes)], cwd: repo.dir }, async (bench) => {
        const { play } = bench;
        const body = "const made = await change('write a.txt: new'); return await review(made);";
        const result = resultOf(await play(script(body)));
        expect(result).toMatchObject({ approved });
        expect((result as { findings: unknown[] }).findings).toHaveLength(kept);
        await expectUntouched(repo, bench);
      });
    });
  });

  test('X02 what a reviewer reports on the way counts as what it says at its end, each finding once', async () => {
    const finding = {
      path: 'a.txt',
      line: 1,
      quote: 'new',
      severity: 'major',
      title: 'Wrong text',
      body: 'It should stay.',
    };
    const other = { ...finding, title: 'No end' };
    const outside = { ...finding, path: '/etc/passwd' };
    const reporting: Brain = (view) => {
      if (!isReviewer(view)) return undefined;
      const report = (input: object) => ({ name: 'ReportFinding', input: input as typeof finding });
      return view.turn === 0
        ? { tools: [report(finding), report(other), report(outside)] }
        : { structured: { findings: [other] } };
    };
    await withGitRepository(FILES, async (repo) => {
      const rules = [author, reporting, reviewers('none', 'nit', ['upheld'])];
      await withBench({ rules, cwd: repo.dir }, async ({ play, simulator }) => {
        const played = await play(script("return await review(await change('write a.txt: new'));"));
        expect(resultOf(played)).toMatchObject({ approved: false, findings: [finding, other] });
        const offering = simulator.requests.filter(({ body }) => JSON.stringify(body).includes('"ReportFinding"'));
        expect(offering.length).toBeGreaterThan(0);
        expect(offering.every(({ body }) => JSON.stringify(body).includes('You are a reviewer'))).toBe(true);
      });
    });
  });

  test('X02 a dead skeptic never counts as refuted', async () => {
    const dead: Brain = (view) => (isSkeptic(view) ? { error: { status: 400 } } : undefined);
    await withGitRepository(FILES, async (repo) => {
      await withBench({ rules: [author, dead, reviewers('a.txt', 'blocker', [])], cwd: repo.dir }, async ({ play }) => {
        const body = "return await review(await change('write a.txt: new'));";
        expect(resultOf(await play(script(body)))).toMatchObject({
          approved: false,
          findings: [{ votes: { upheld: 0, refuted: 0, abstained: 3 } }],
        });
      });
    });
  });

  test('X03 land() puts approved changes on one branch, one commit each, and leaves the checkout alone', async () => {
    await withGitRepository(FILES, async (repo) => {
      await withBench({ rules: [author, reviewers('none', 'nit', [])], cwd: repo.dir }, async (bench) => {
        const { play } = bench;
        const body = `const files = ['a.txt', 'b.txt', 'c.txt'];
          return await pipeline(files, (file) => change('write ' + file + ': new'),
            async (made) => (await review(made)) && land(made, {verify: 'test -f a.txt'}));`;
        const played = await play(script(body));
        const branch = `workflow/${played.runId}/integration`;
        expect(resultOf(played)).toEqual(
          [1, 2, 3].map(() => expect.objectContaining({ status: 'landed', branch }) as unknown),
        );
        for (const file of ['a.txt', 'b.txt', 'c.txt']) expect(await repo.git('show', `${branch}:${file}`)).toBe('new');
        expect(await repo.git('rev-list', '--count', `main..${branch}`)).toBe('3');
        await expectUntouched(repo, bench);
      });
    });
  });

  test('X03 a change lands only after an approving review, and what cannot land says why', async () => {
    const brains = [
      author,
      reviewers('b.txt', 'blocker', ['upheld']),
      (() => ({ text: 'nothing to do' })) satisfies Brain,
    ];
    await withGitRepository(FILES, async (repo) => {
      await withBench({ rules: brains, cwd: repo.dir }, async ({ play }) => {
        const body = `
          const first = await change('write a.txt: first');
          const unreviewed = await land(first);
          await review(first);
          const landed = await land(first);
          const rival = await change('write a.txt: rival'); await review(rival);
          const conflict = await land(rival, {onConflict: 'skip'});
          const refused = await change('write b.txt: new'); await review(refused);
          const tested = await change('write c.txt: new'); await review(tested);
          const nothing = await change('look around'); await review(nothing);
          return {unreviewed, landed, conflict, refused: await land(refused),
            failed: await land(tested, {verify: 'echo the log; exit 3'}), empty: await land(nothing),
            untested: await land(tested, {verify: ${TOO_LONG_CODE}})};`;
        const played = await play(script(body));
        expect(resultOf(played)).toMatchObject({
          unreviewed: { status: 'unreviewed' },
          landed: { status: 'landed' },
          conflict: { status: 'conflict', conflicts: ['a.txt'] },
          refused: { status: 'unreviewed' },
          failed: { status: 'verify-failed', log: expect.stringContaining('the log') as string },
          empty: { status: 'empty' },
          untested: {
            status: 'verify-failed',
            log: expect.stringMatching(/could not be started\. .*E2BIG$/) as string,
          },
        });
        expect(await repo.git('ls-tree', '--name-only', `workflow/${played.runId}/integration`)).toBe('a.txt\nb.txt');
      });
    });
  });

  test('X03 a script cannot land what it made up, nor another commit under the name of an approved one', async () => {
    await withGitRepository(FILES, async (repo) => {
      await withBench(
        { rules: [author, reviewers('b.txt', 'blocker', ['upheld'])], cwd: repo.dir },
        async ({ play }) => {
          const body = `const good = await change('write a.txt: good'); await review(good);
          const bad = await change('write b.txt: bad'); await review(bad);
          const errors = [];
          for (const forged of [{...bad, id: 'made-up'}, null]) try { await land(forged); } catch (error) { errors.push(error.message); }
          return [await land({...bad, approved: true}), await land({...good, commit: bad.commit}), ...errors];`;
          const played = await play(script(body));
          expect(resultOf(played)).toMatchObject([
            { status: 'unreviewed' },
            { status: 'landed' },
            expect.stringContaining('made-up'),
            expect.stringContaining('takes a change first'),
          ]);
          expect(await repo.git('show', `workflow/${played.runId}/integration:b.txt`)).toBe('two');
        },
      );
    });
  });

  test('W44 a resumed run brings finished changes and landings back without asking anybody', async () => {
    await withGitRepository(FILES, async (repo) => {
      await withBench({ rules: [author, reviewers('none', 'nit', [])], cwd: repo.dir }, async (bench) => {
        const body = "const made = await change('write a.txt: new'); await review(made); return await land(made);";
        const first = await bench.play(script(body));
        const asked = bench.simulator.requests.length;
        await bench.restart();
        const again = await bench.resume(first.runId);
        expect(again.end).toEqual(first.end);
        expect(bench.simulator.requests).toHaveLength(asked);
        await expectUntouched(repo, bench);
      });
    });
  });

  test('X03 what a person discards while the run is stopped does not land, nor what stands on it, until it is back', async () => {
    let over = false;
    const waits: Brain = (view) => {
      if (!view.prompt.includes('wait here')) return undefined;
      return over ? { text: 'over' } : { text: 'late', latencyMs: 600_000 };
    };
    await withGitRepository(FILES, async (repo) => {
      const rules = [waits, author, reviewers('none', 'nit', [])];
      await withBench({ rules, cwd: repo.dir }, async (bench) => {
        const body = `const made = await change('write a.txt: new'); await review(made);
          const onTop = await change('write b.txt: new', {base: made}); await review(onTop);
          const other = await change('write c.txt: new'); await review(other);
          await agent('wait here');
          return [await land(made), await land(onTop), await land(other)];`;
        const { run, change } = await stoppedBefore(bench, body, 'wait here');
        over = true;
        const deps = applyDeps(createGit(), bench.home);
        const request = { run, cwd: repo.dir, change };
        expect(await discardChange(deps, request, signal)).toMatchObject({ kind: 'discarded' });
        const statuses = async () =>
          (resultOf(await bench.resume(run.runId)) as { status: string }[]).map(({ status }) => status);
        expect(await statuses()).toEqual(['discarded', 'discarded', 'landed']);
        const branch = `workflow/${run.runId}/integration`;
        expect(await repo.git('ls-tree', '-r', '--name-only', branch)).toBe('a.txt\nb.txt\nc.txt');
        expect(await repo.git('diff', '--name-only', 'main', branch)).toBe('c.txt');
        expect(await restoreChange(deps, request, signal)).toMatchObject({ kind: 'restored' });
        expect(await statuses()).toEqual(['landed', 'landed', 'landed']);
      });
    });
  });

  test('W45 stopping a run in the middle keeps what an agent had written, and leaves no worktree', async () => {
    const brain: Brain = (view) => (view.turn === 2 ? { text: 'late', latencyMs: 60_000 } : author(view));
    await withGitRepository(FILES, async (repo) => {
      await withBench({ rules: [brain], cwd: repo.dir }, async (bench) => {
        const { launch, engine } = bench;
        const launched = await launch(script("return await change('write a.txt: half done');"));
        if (launched.status === 'refused') throw new Error(launched.errors.join());
        const { runId } = launched;
        let writing = false;
        engine.subscribe(runId, 1, (batch) => {
          const wrote = batch.some((event) => event.type === 'tool.started' && event.tool === 'Write');
          const ended = batch.some((event) => event.type === 'tool.ended' && event.agentId === 'a1');
          if (wrote) writing = true;
          if (writing && ended) engine.dispatch({ type: 'run.stop', runId, commandId: 'c1' });
        });
        expect((await engine.finished(runId)).end).toMatchObject({ status: 'stopped', failures: [] });
        expect(await repo.git('show', `refs/dynamic-workflows/${runId}/rescued/a1:a.txt`)).toBe('half done');
        await expectUntouched(repo, bench);
      });
    });
  });

  test('W27 a worktree that an agent broke is not committed, and what it wrote is not thrown away', async () => {
    const steps = [
      { tools: [{ name: 'Bash', input: { command: 'echo kept > a.txt; rm .git; git init -q .' } }] },
      { text: 'done' },
    ];
    await withGitRepository(FILES, async (repo) => {
      await withBench({ rules: [(view) => steps[view.turn]], cwd: repo.dir }, async ({ play, home }) => {
        const { end } = await play(script("return await change('break it');"));
        expect(end).toMatchObject({ status: 'degraded', result: null, failures: [{ cause: 'worktree' }] });
        const found = await readdir(join(home, 'worktrees'), { recursive: true });
        expect(found.some((path) => /a1\.lost-\w+.a\.txt$/.test(path))).toBe(true);
        expect(await repo.git('status', '--porcelain')).toBe('');
      });
    });
  });

  test('X03 a change stacked on a refused one does not carry that one in', async () => {
    await withGitRepository(FILES, async (repo) => {
      await withBench(
        { rules: [author, reviewers('b.txt', 'blocker', ['upheld'])], cwd: repo.dir },
        async ({ play }) => {
          const body = `const bad = await change('write b.txt: bad'); await review(bad);
          const onTop = await change('write a.txt: good', {base: bad}); await review(onTop);
          const named = await change('write c.txt: good', {base: bad.branch}); await review(named);
          const good = await change('write a.txt: first'); await review(good);
          const stacked = await change('write c.txt: second', {base: good}); await review(stacked);
          return [await land(bad), await land(onTop), await land(named), await land(good), await land(stacked)];`;
          const played = await play(script(body));
          expect((resultOf(played) as { status: string }[]).map(({ status }) => status)).toEqual([
            ...['unreviewed', 'unreviewed', 'unreviewed'],
            ...['landed', 'landed'],
          ]);
          const branch = `workflow/${played.runId}/integration`;
          expect(await repo.git('show', `${branch}:b.txt`)).toBe('two');
          expect(await repo.git('show', `${branch}:c.txt`)).toBe('second');
        },
      );
    });
  });

  test('X02 a later review does not take back the finding of an earlier one', async () => {
    const brain: Brain = (view) =>
      isReviewer(view) && view.prompt.includes('lens: spelling') ? { structured: { findings: [] } } : undefined;
    const rules = [brain, author, reviewers('a.txt', 'blocker', ['upheld'])];
    await withGitRepository(FILES, async (repo) => {
      await withBench({ rules, cwd: repo.dir }, async ({ play }) => {
        const body = `const made = await change('write a.txt: new');
          const [one, two] = [await review(made, {lenses: ['security']}), await review(made, {lenses: ['spelling']})];
          return [one.approved, two.approved, (await land(made)).status];`;
        expect(resultOf(await play(script(body)))).toEqual([false, true, 'unreviewed']);
      });
    });
  });

  test('X02 two reviews of one change at once each have the files to look at', async () => {
    const looks: Brain = (view) => {
      if (!isReviewer(view)) return undefined;
      if (view.turn === 0) return { tools: [{ name: 'Read', input: { path: 'a.txt' } }], latencyMs: 20 };
      const seen = view.results.every(({ isError, content }) => !isError && content.includes('new'));
      const finding = { path: 'a.txt', line: 1, quote: 'new', severity: 'blocker', title: 'Not there', body: '' };
      return { structured: { findings: seen ? [] : [finding] } };
    };
    await withGitRepository(FILES, async (repo) => {
      await withBench({ rules: [looks, author, reviewers('none', 'nit', [])], cwd: repo.dir }, async ({ play }) => {
        const body = `const made = await change('write a.txt: new');
          return (await Promise.all([1, 2, 3].map(() => review(made)))).map(({approved}) => approved);`;
        expect((await play(script(body))).end).toEqual({
          status: 'completed',
          result: [true, true, true],
          failures: [],
        });
      });
    });
  });

  test('W42 a change that was committed when the run was stopped is not made again', async () => {
    await withGitRepository(FILES, async (repo) => {
      await withBench({ rules: [author], cwd: repo.dir }, async (bench) => {
        const launched = await bench.launch(script("return (await change('write a.txt: new')).branch;"));
        if (launched.status === 'refused') throw new Error(launched.errors.join());
        const { runId } = launched;
        bench.engine.subscribe(runId, 1, (batch) => {
          if (batch.some((event) => event.type === 'change.committed'))
            bench.engine.dispatch({ type: 'run.stop', runId, commandId: 'c1' });
        });
        expect((await bench.engine.finished(runId)).end.status).toBe('stopped');
        const asked = bench.simulator.requests.length;
        await bench.restart();
        expect((await bench.resume(runId)).end).toMatchObject({ status: 'completed' });
        expect(bench.simulator.requests).toHaveLength(asked);
      });
    });
  });

  test('X03 an integration branch that somebody has checked out is told, and fails nothing else', async () => {
    await withGitRepository(FILES, async (repo) => {
      await withBench({ rules: [author, reviewers('none', 'nit', [])], cwd: repo.dir }, async (bench) => {
        const body = `const [one, two] = [await change('write a.txt: new'), await change('write b.txt: new')];
          await review(one); await review(two);
          const first = await land(one); phase('look'); await agent('look around');
          return [first.status, await land(two)];`;
        const launched = await bench.launch(script(body));
        if (launched.status === 'refused') throw new Error(launched.errors.join());
        const { runId } = launched;
        const branch = `workflow/${runId}/integration`;
        const looking = new Promise<void>((resolve) => {
          bench.engine.subscribe(runId, 1, (batch) => {
            if (batch.some((event) => event.type === 'phase.entered')) resolve();
          });
        });
        await looking;
        await repo.git('checkout', '-q', branch);
        const { end } = await bench.engine.finished(runId);
        expect(end.result).toMatchObject(['landed', { status: 'conflict', conflicts: [] }]);
        expect(JSON.stringify(end.result)).toContain('checked out');
      });
    });
  });

  test('X03 a landing whose branch was deleted meanwhile lands again on resume', async () => {
    await withGitRepository(FILES, async (repo) => {
      await withBench({ rules: [author, reviewers('none', 'nit', [])], cwd: repo.dir }, async (bench) => {
        const body =
          "const made = await change('write a.txt: new'); await review(made); return (await land(made)).status;";
        const { runId } = await bench.play(script(body));
        await repo.git('branch', '-D', `workflow/${runId}/integration`);
        await bench.restart();
        expect(resultOf(await bench.resume(runId))).toBe('landed');
        expect(await repo.git('show', `workflow/${runId}/integration:a.txt`)).toBe('new');
      });
    });
  });

  test('a session in a subfolder: agents begin in the same folder of their worktree', async () => {
    await withGitRepository({ ...FILES, 'packages/p/c.txt': 'three\n' }, async (repo) => {
      await withBench({ rules: [author], cwd: `${repo.dir}/packages/p` }, async ({ play }) => {
        const body =
          "return (await change('write c.txt: new', {verify: 'grep new c.txt'})).files.map(({path}) => path);";
        expect(resultOf(await play(script(body)))).toEqual(['packages/p/c.txt']);
      });
    });
  });

  test('a repository with a branch named workflow is refused before an author is paid', async () => {
    await withGitRepository(FILES, async (repo) => {
      await repo.git('branch', 'workflow');
      await withBench({ cwd: repo.dir }, async ({ launch }) => {
        const launched = await launch(script("return await change('x');"));
        expect(launched).toMatchObject({ status: 'refused', reason: 'place' });
        expect(JSON.stringify(launched)).toContain('git branch -m workflow');
      });
    });
  });

  test('a command that may not run is told to the script, with the way to allow it', async () => {
    await withGitRepository(FILES, async (repo) => {
      await withBench({ rules: [author], cwd: repo.dir }, async ({ play }) => {
        const body =
          "try { return await change('write a.txt: new', {verify: 'make all'}); } catch (error) { return error.message; }";
        const result = resultOf(await play(script(body), { permissionMode: 'default' }));
        expect(result).toContain('Bash(make all)');
      });
    });
  });
});
