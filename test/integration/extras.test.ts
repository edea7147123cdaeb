import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import type { Event } from '../../src/protocol/messages.ts';
import type { Brain } from '../../src/node/simulator/simulator.ts';
import { withGitRepository } from '../support/gitRepository.ts';
import { TOO_LONG_CODE } from '../support/tooLong.ts';
import { type Bench, resultOf, script, withBench } from '../support/engine.ts';

const FILES = { 'a.txt': 'one\n', 'package.json': '{}\n' };

/** An author sets `a.txt` to what its task says after `write `. */
const author: Brain = (view) => {
  const content = /write: (\w+)/.exec(view.prompt)?.[1];
  if (content === undefined) return undefined;
  const steps = [
    { tools: [{ name: 'Read', input: { path: 'a.txt' } }] },
    { tools: [{ name: 'Write', input: { path: 'a.txt', content: `${content}\n` } }] },
  ];
  return steps[view.turn] ?? { text: `wrote ${content}` };
};

describe('X10 check()', () => {
  test('X10 a command decides on a change and on the base, in worktrees that go, and not again on a resume', async () => {
    await withGitRepository(FILES, async (repo) => {
      await withBench({ rules: [author], cwd: repo.dir }, async ({ play, resume, simulator }) => {
        const body = `const made = await change('write: two');
          const command = 'cat a.txt; echo why >&2; touch litter; grep -q two a.txt';
          return [await check(command, { on: made }), await check(command, { label: 'the base' })];`;
        const played = await play(script(body));
        const [onChange, onBase] = resultOf(played) as { path: string }[];
        expect(played.end.status).toBe('completed');
        expect(onChange).toMatchObject({ exitCode: 0, stdout: 'two\n', stderr: 'why\n' });
        expect(onBase).toMatchObject({ exitCode: 1, stdout: 'one\n', stderr: 'why\n' });
        expect((await readFile(onBase?.path ?? '', 'utf8')).split('\n').toSorted()).toEqual(['', 'one', 'why']);
        expect(await repo.git('status', '--porcelain')).toBe('');
        expect((await repo.git('worktree', 'list')).split('\n')).toHaveLength(1);

        const asked = simulator.requests.length;
        const again = await resume(played.runId);
        expect(resultOf(again)).toEqual(resultOf(played));
        expect(simulator.requests).toHaveLength(asked);
        const ended = again.events.filter((event) => event.type === 'check.ended');
        expect(ended.map(({ fromJournal, exitCode }) => [fromJournal, exitCode])).toEqual([
          [true, 0],
          [true, 1],
        ]);
      });
    });
  });

  test('X10 another tree is another check', async () => {
    await withGitRepository(FILES, async (repo) => {
      await withBench({ rules: [author], cwd: repo.dir }, async ({ play }) => {
        const body = `const [b, c] = [await change('write: bb'), await change('write: cc')];
          const all = await parallel([b, c, b].map((on) => () => check('cat a.txt', { on })));
          return all.map(({ stdout }) => stdout.trim());`;
        expect(resultOf(await play(script(body)))).toEqual(['bb', 'cc', 'bb']);
      });
    });
  });

  test('X10 long output is cut for the script, whole in its file; a time-out has no exit code and is tried again', async () => {
    await withGitRepository(FILES, async (repo) => {
      await withBench({ cwd: repo.dir }, async ({ play, resume }) => {
        const body = `const long = await check('seq 1 30000'); const late = await check('sleep 30', { timeoutMs: 200 });
          return { length: long.stdout.length, path: long.path, late };`;
        const played = await play(script(body));
        const { length, path, late } = resultOf(played) as { length: number; path: string; late: object };
        expect(length).toBeLessThanOrEqual(16_000);
        expect((await readFile(path, 'utf8')).split('\n')).toHaveLength(30_001);
        expect(late).toMatchObject({
          exitCode: null,
          stderr: expect.stringContaining('timed out after 0.2 s') as string,
        });
        const again = await resume(played.runId);
        const ended = again.events.filter((event) => event.type === 'check.ended');
        expect(ended.map(({ fromJournal }) => fromJournal)).toEqual([true, false]);
      });
    });
  });

  test('X10 a command that could not be started is null and a failure, no answer: a resume tries it again', async () => {
    await withGitRepository(FILES, async (repo) => {
      await withBench({ cwd: repo.dir }, async ({ play, resume }) => {
        const body = `return [await check(${TOO_LONG_CODE}, { label: 'long' }), await check('nothing-such')];`;
        const played = await play(script(body));
        expect(played.end).toMatchObject({
          status: 'degraded',
          result: [null, { exitCode: 127 }],
          failures: [{ cause: 'not-started', message: expect.stringContaining('E2BIG') as string }],
        });
        const again = await resume(played.runId);
        expect(again.events.filter(({ type }) => type === 'check.ended')).toMatchObject([
          { exitCode: null, path: null, fromJournal: false },
          { exitCode: 127, fromJournal: true },
        ]);
      });
    });
  });

  test.each([
    { name: 'a command that no rule allows', body: `check('npm test')`, mode: 'dontAsk', says: 'may not run' },
    {
      name: 'a change that came to nothing',
      body: `check('true', { on: null })`,
      mode: 'bypass',
      says: 'Was it null?',
    },
    { name: 'no command', body: `check('')`, mode: 'bypass', says: 'takes a shell command first' },
    { name: 'a time-out of nothing', body: `check('true', { timeoutMs: 0 })`, mode: 'bypass', says: 'timeoutMs' },
  ] as const)('X10 the script is told of $name', async ({ body, mode, says }) => {
    await withGitRepository(FILES, async (repo) => {
      await withBench({ cwd: repo.dir }, async ({ play }) => {
        const text = script(`try { return await ${body}; } catch (error) { return error.message; }`);
        expect(resultOf(await play(text, { permissionMode: mode }))).toContain(says);
      });
    });
  });

  test('X10 without a repository there is nothing to check', async () => {
    await withBench({}, async ({ play }) => {
      const played = await play(script(`try { await check('true'); } catch (error) { return error.message; }`));
      expect(resultOf(played)).toMatch(/no git repository with a commit/);
    });
  });
});

describe('X04 ask()', () => {
  /** Runs it with a person, who answers as `answer` says; undefined: never. */
  async function answered(
    { engine, cwd }: Bench,
    body: string,
    answer: (asked: Extract<Event, { type: 'question.asked' }>) => readonly string[],
  ) {
    const launched = await engine.launch({ script: script(body), cwd, permissionMode: 'bypass', attended: true });
    if (launched.status === 'refused') throw new Error(launched.errors.join('\n'));
    const { runId } = launched;
    const events: Event[] = [];
    const listening = engine.subscribe(runId, 1, (batch) => {
      events.push(...batch);
      for (const event of batch)
        if (event.type === 'question.asked')
          answer(event).forEach((text, n) =>
            queueMicrotask(() =>
              engine.dispatch({
                type: 'question.answer',
                commandId: `c${n}`,
                runId,
                requestId: event.requestId,
                answer: text,
              }),
            ),
          );
    });
    const { end } = await engine.finished(runId);
    listening.dispose();
    return { runId, end, events };
  }

  test('X04 a person answers, by one of the choices, once: a resume does not ask again', async () => {
    await withBench({}, async (bench) => {
      const body = `return [await ask('Which?', { choices: ['left', 'right'], default: 'left' }), await ask('Why?')];`;
      const played = await answered(bench, body, ({ question }) =>
        question === 'Which?' ? ['up', 'right'] : ['because'],
      );
      expect(played.end).toMatchObject({ status: 'completed', result: ['right', 'because'] });
      expect(played.events.filter(({ type }) => type === 'refused')).toMatchObject([
        { commandId: 'c0', error: 'Answer with one of: left, right.' },
      ]);
      const again = await bench.resume(played.runId);
      expect(again.end.result).toEqual(['right', 'because']);
      const said = again.events.filter((event) => event.type === 'question.answered');
      expect(said.map(({ answer, by }) => [answer, by])).toEqual([
        ['right', 'journal'],
        ['because', 'journal'],
      ]);
    });
  });

  test('X04 a person who does not answer in time leaves it to the default, or to an error', async () => {
    await withBench({}, async (bench) => {
      const body = `const first = await ask('Go on?', { default: null, timeoutMs: 50 });
        try { await ask('And now?', { timeoutMs: 50 }); } catch (error) { return [first, error.message]; }`;
      const { end } = await answered(bench, body, () => []);
      expect(end.result).toEqual([null, expect.stringMatching(/^ask\("And now\?"\): nobody was there within 0.05 s/)]);
    });
  });

  test('X04 a run without a person takes the default, or the script gets an error at once', async () => {
    await withBench({}, async ({ play }) => {
      const body = `const first = await ask('Ship it?', { choices: ['yes', 'no'], default: 'no' });
        try { await ask('Really?'); } catch (error) { return [first, error.name, error.message]; }`;
      const played = await play(script(body));
      expect(resultOf(played)).toEqual([
        'no',
        'Error',
        expect.stringMatching(/nobody is there to answer. Give it a default/),
      ]);
      expect(played.end.status).toBe('completed');
    });
  });

  test('X04 a loop that asks until somebody agrees ends where nobody is', async () => {
    await withBench({}, async ({ play }) => {
      const played = await play(script(`while ((await ask('Now?', { default: 'no' })) === 'no');`));
      expect(played.end.status).toBe('failed');
      expect(JSON.stringify(played.end)).toContain('nobody has answered any of the last 4096 questions');
    });
  });

  test('X04 a stopped run asks nobody any more', async () => {
    await withBench({}, async (bench) => {
      const played = await answered(bench, `await ask('Wait?');`, ({ runId }) => {
        queueMicrotask(() => bench.engine.dispatch({ type: 'run.stop', commandId: 's', runId }));
        return [];
      });
      expect(played.end).toMatchObject({ status: 'stopped', reason: 'person' });
    });
  });

  test.each([
    { body: `ask('')`, says: 'takes a question first' },
    { body: `ask('x', { choices: [] })`, says: 'choices' },
    { body: `ask('x', { choices: ['a'], default: 'b' })`, says: 'must be one of the choices' },
  ])('X04 the mistakes of a script: $body', async ({ body, says }) => {
    await withBench({}, async ({ play }) => {
      const played = await play(
        script(`try { await ${body}; } catch (error) { return error.name + ': ' + error.message; }`),
      );
      expect(resultOf(played)).toMatch(/^TypeError: /);
      expect(resultOf(played)).toContain(says);
    });
  });
});

describe('X05 patterns and X11 coverage', () => {
  test('X05 a tournament of agents, from the journal the second time', async () => {
    const brain: Brain = (view) => {
      const [, a = 0, b = 0] = /a:\n(\d+)\n\nb:\n(\d+)/.exec(view.prompt) ?? [];
      return { structured: { winner: Number(a) > Number(b) ? 'a' : 'b', reason: 'larger' } };
    };
    await withBench({ rules: [brain] }, async ({ play, resume, simulator }) => {
      const body = `const entries = [4, 9, 1, 7, 3, 8, 2, 6];
        const { ranking, matches } = await patterns.tournament(entries, { judge: { prompt: 'Which is larger?' }, rank: true });
        return { ranking, matches: matches.length };`;
      const played = await play(script(body));
      const { ranking, matches } = resultOf(played) as { ranking: number[]; matches: number };
      expect(ranking).toEqual([9, 8, 7, 6, 4, 3, 2, 1]);
      expect(matches).toBeLessThanOrEqual(24);
      expect(played.usage.agents).toBe(matches);
      const asked = simulator.requests.length;
      expect(resultOf(await resume(played.runId))).toEqual(resultOf(played));
      expect(simulator.requests).toHaveLength(asked);
    });
  });

  test('X05 a claim falls only by more than half of its skeptics; one that died abstains, and is listed', async () => {
    const brain: Brain = (view) => {
      if (!view.prompt.includes('Try to refute')) return undefined;
      if (view.prompt.includes('dead')) return { error: { status: 400, message: 'no' } };
      return { structured: { verdict: view.prompt.includes('weak') ? 'refuted' : 'upheld', reason: 'looked' } };
    };
    await withBench({ rules: [brain] }, async ({ play }) => {
      const body = `const { kept, dropped } = await patterns.adversarialVerify(['weak', 'strong', 'dead'], { phase: 'Verify' });
        return [kept.map(({ claim, votes }) => [claim, votes.abstained]), dropped.map(({ claim }) => claim)];`;
      const played = await play(script(body));
      expect(resultOf(played)).toEqual([
        [
          ['strong', 0],
          ['dead', 3],
        ],
        ['weak'],
      ]);
      expect(played.end).toMatchObject({ status: 'degraded', failures: Array(3).fill({ cause: 'api' }) as object[] });
      const queued = played.events.filter((event) => event.type === 'agent.queued');
      expect(new Set(queued.map(({ phase }) => phase))).toEqual(new Set(['Verify']));
    });
  });

  test('X05 a loop ends when its check passes', async () => {
    await withGitRepository(FILES, async (repo) => {
      await withBench({ rules: [author], cwd: repo.dir }, async ({ play }) => {
        const body = `let made;
          const work = ['write: bad', 'write: good'];
          return await patterns.loopUntilDone({
            round: async (n) => { made = await change(work[n]); return made.summary; },
            check: () => check('grep -q good a.txt', { on: made }),
          });`;
        expect(resultOf(await play(script(body)))).toEqual({
          found: ['wrote bad', 'wrote good'],
          rounds: 2,
          ended: 'check',
        });
      });
    });
  });

  test('X11 units that nobody visited are in the result and in the failures, and the run is degraded', async () => {
    const brain: Brain = (view) => ({ text: view.prompt });
    await withBench({ rules: [brain] }, async ({ play }) => {
      const body = `const units = ['a.js', 'b.js', 'c.js'];
        const results = await parallel(units.slice(0, 2).map((unit) => () => agent(unit)));
        return coverage(units, results);`;
      const played = await play(script(body));
      expect(played.end).toMatchObject({
        status: 'degraded',
        result: { done: ['a.js', 'b.js'], failed: [], unvisited: ['c.js'], total: 3 },
        failures: [{ cause: 'unvisited', label: 'c.js', message: 'coverage() found no result for it: c.js' }],
      });
    });
  });

  test('X11 a run whose units were all visited is completed', async () => {
    await withBench({}, async ({ play }) => {
      const body = `coverage(['a', 'b'], ['x']); return coverage(['a', 'b'], { a: 1, b: 2 }).done;`;
      expect((await play(script(body))).end).toMatchObject({ status: 'completed', result: ['a', 'b'], failures: [] });
    });
  });
});
