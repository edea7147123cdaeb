import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Brain, RequestView } from '../../src/node/simulator/simulator.ts';
import { finish, resultOf, script, withBench, type Bench, type Played } from '../support/engine.ts';
import { type GitRepository, withGitRepository } from '../support/gitRepository.ts';

const FILES = { 'a.txt': 'one\n', 'b.txt': 'two\n' };

const isReviewer = (view: RequestView): boolean => view.system.includes('You are a reviewer');
const isResolver = (view: RequestView): boolean =>
  view.system.includes('You are the author') && view.prompt.includes('Two lines of work changed the same place');

/** An author writes the file that its task names (`write a.txt: text`). */
const author: Brain = (view) => {
  const [, path = '', content = ''] = /write (\S+): (.*)/.exec(view.prompt) ?? [];
  if (path === '' || isReviewer(view) || isResolver(view)) return undefined;
  return written(view, path, `${content}\n`) ?? { text: `Set ${path} to ${content}` };
};

const written = (view: RequestView, path: string, content: string) =>
  [{ tools: [{ name: 'Read', input: { path } }] }, { tools: [{ name: 'Write', input: { path, content } }] }][view.turn];

/** Resolves a conflict by writing `content`, and on a second request `better`. */
const resolver =
  (content: string, better = content): Brain =>
  (view) => {
    if (!isResolver(view)) return undefined;
    const steps = [
      { tools: [{ name: 'Read', input: { path: 'a.txt' } }] },
      { tools: [{ name: 'Write', input: { path: 'a.txt', content } }] },
      { text: 'Keep both words' },
      { tools: [{ name: 'Read', input: { path: 'a.txt' } }] },
      { tools: [{ name: 'Write', input: { path: 'a.txt', content: better } }] },
    ];
    return steps[view.turn] ?? { text: 'Keep both words, better' };
  };

/** Approves all but what has `word` in its diff. */
const reviewer =
  (word = 'never'): Brain =>
  (view) => {
    if (view.system.includes('You are a skeptic')) return { structured: { verdict: 'upheld', reason: 'I looked.' } };
    if (!isReviewer(view)) return undefined;
    const finding = {
      path: 'a.txt',
      line: 1,
      severity: 'blocker',
      title: `The word ${word}`,
      body: 'It is wrong.',
      quote: word,
    };
    return { structured: { findings: view.prompt.includes(`+${word}`) ? [finding] : [] } };
  };

const RIVALS = `const [one, two] = await Promise.all(['left', 'right'].map((word) => change('write a.txt: ' + word)));
  const lenses = { lenses: ['correctness'] };
  await Promise.all([review(one, lenses), review(two, lenses)]);`;

async function withRepo(rules: readonly Brain[], body: (bench: Bench, repo: GitRepository) => Promise<void>) {
  await withGitRepository(FILES, (repo) => withBench({ rules, cwd: repo.dir }, (bench) => body(bench, repo)));
}

const landedText = (repo: GitRepository, { runId }: Played) => repo.git('show', `workflow/${runId}/integration:a.txt`);

test('X03 a conflict is resolved by an agent with both sides and both intents, tested, reviewed and landed', async () => {
  await withRepo([author, resolver('left\nright\n'), reviewer()], async (bench, repo) => {
    const played = await bench.play(
      script(`${RIVALS} const first = await land(one);
        return [first, await land(two, {verify: 'test "$(wc -l < a.txt)" -le 2'})];`),
    );
    const [, second] = resultOf(played) as { status: string; resolvedBy: string; commit: string }[];
    expect(second).toMatchObject({ status: 'landed', resolvedBy: expect.stringMatching(/^a\d+$/) as string });
    expect(await landedText(repo, played)).toBe('left\nright');
    const asked = bench.simulator.requests
      .map(({ body }) => JSON.stringify(body))
      .find((text) => text.includes('Two lines'));
    for (const intent of ['write a.txt: left', 'write a.txt: right', 'Set a.txt to left', '- a.txt'])
      expect(asked).toContain(intent);
    // It saw both sides with their marks.
    const seen = bench.simulator.requests.map(({ messages }) => JSON.stringify(messages)).join('');
    expect(seen).toMatch(/<{7} [^>]*left[^>]*right[^>]*>{7}/);
    const reviewed = played.events.filter((event) => event.type === 'change.reviewed');
    expect(reviewed.map(({ changeId }) => changeId)).toContain('a5');
    // One commit for each change, no branch moved but ours, and no worktree is left.
    expect(await repo.git('rev-list', '--count', `main..workflow/${played.runId}/integration`)).toBe('2');
    expect(await repo.git('show', '-s', '--format=%B', second?.commit ?? '')).toMatch(
      /Workflow-Agent: a5\nWorkflow-Change: /,
    );
    expect((await repo.git('worktree', 'list')).split('\n')).toHaveLength(1);
    expect(await repo.git('status', '--porcelain')).toBe('');

    // All of it is in the journal.
    const before = bench.simulator.requests.length;
    await bench.restart();
    expect((await bench.resume(played.runId)).end).toEqual(played.end);
    expect(bench.simulator.requests).toHaveLength(before);
  });
});

test('X03 marks that are left go back to the agent once, and what fails then is told with its paths', async () => {
  const marks = `left\n=======\n>>>>>>> ${'a'.repeat(40)}\n`;
  const body = `${RIVALS} await land(one); return await land(two);`;
  await withRepo([author, resolver(marks, 'both\n'), reviewer()], async (bench, repo) => {
    const played = await bench.play(script(body));
    expect(resultOf(played)).toMatchObject({ status: 'landed' });
    expect(await landedText(repo, played)).toBe('both');
    expect(JSON.stringify(bench.simulator.requests.map(({ messages }) => messages))).toContain('marks left in a.txt');
  });
  await withRepo([author, resolver(marks), reviewer()], async (bench, repo) => {
    const played = await bench.play(script(body));
    expect(played.end).toMatchObject({
      status: 'degraded',
      result: { status: 'conflict', conflicts: ['a.txt'] },
      failures: [{ cause: 'verify', message: expect.stringContaining('marks left in a.txt') as string }],
    });
    expect(await landedText(repo, played)).toBe('left');
  });
});

test('X03 a resolved change has brought in what it stands on, which needs no resolver of its own', async () => {
  await withRepo([author, resolver('left\nright\n'), reviewer()], async (bench, repo) => {
    const played = await bench.play(
      script(`${RIVALS} const above = await change('write b.txt: more', {base: two});
        await review(above, lenses);
        await land(one);
        return [await land(above), await land(two)];`),
    );
    const [above, below] = resultOf(played) as { status: string; commit: string }[];
    expect(above).toMatchObject({ status: 'landed', resolvedBy: expect.stringMatching(/^a\d+$/) as string });
    expect(below).toMatchObject({ status: 'landed', commit: above?.commit });
    expect(await landedText(repo, played)).toBe('left\nright');
    const queued = played.events.flatMap((event) => (event.type === 'agent.queued' ? [event.label] : []));
    expect(queued.filter((label) => label.startsWith('resolve '))).toHaveLength(1);
  });
});

test('X03 a resolution that its review refuses does not land', async () => {
  await withRepo([author, resolver('wrong\n'), reviewer('wrong')], async (bench, repo) => {
    const played = await bench.play(script(`${RIVALS} await land(one); return await land(two);`));
    expect(resultOf(played)).toMatchObject({
      status: 'conflict',
      conflicts: ['a.txt'],
      log: expect.stringContaining('not approved: The word wrong') as string,
    });
    expect(await landedText(repo, played)).toBe('left');
  });
});

test('X03 onConflict skip asks nobody', async () => {
  await withRepo([author, reviewer()], async (bench) => {
    const played = await bench.play(script(`${RIVALS} await land(one); return await land(two, {onConflict: 'skip'});`));
    expect(played.end).toMatchObject({ status: 'completed', result: { status: 'conflict', conflicts: ['a.txt'] } });
    const kinds = played.events.flatMap((event) => (event.type === 'agent.queued' ? [event.kind] : []));
    expect(kinds.filter((kind) => kind === 'author')).toHaveLength(2);
  });
});

test('X03 agents at the same file are told by name, once, and it is no failure', async () => {
  await withRepo([author, reviewer()], async (bench) => {
    const played = await bench.play(
      script(`const tasks = [['left', 'a'], ['right', 'a'], ['other', 'b']];
        const made = await Promise.all(tasks.map(([word, file]) => change('write ' + file + '.txt: ' + word, {label: word})));
        await change('write a.txt: last', {base: made[0], label: 'on top'});`),
    );
    expect(played.end.status).toBe('completed');
    const told = played.events.filter((event) => event.type === 'paths.overlapped');
    expect(told.map(({ agents, paths }) => [[...agents].sort(), paths])).toEqual([
      [['a1', 'a2'], ['a.txt']],
      [['a2', 'a4'], ['a.txt']],
    ]);
  });
});

test('X03 without the demand for a review, what none has approved lands; a test it fails still stops it', async () => {
  await withRepo([author], async (bench) => {
    const body = `const made = await change('write a.txt: new');
      return [(await land(made, {verify: 'false'})).status, (await land(made)).status];`;
    const played = await bench.play(script(body), { requireReview: false });
    expect(resultOf(played)).toEqual(['verify-failed', 'landed']);
    expect(resultOf(await bench.play(script(body)))).toEqual(['unreviewed', 'unreviewed']);
  });
});

test('X03 a resume lands by the rule that the run had last, unless it names another', async () => {
  await withRepo([author], async (bench, repo) => {
    const ready = join(repo.dir, '.git', 'ready');
    const body = `const made = await change('write a.txt: new');
      return (await land(made, {verify: 'test -f ${ready}'})).status;`;
    const lax = await bench.play(script(body), { requireReview: false });
    expect(resultOf(lax)).toBe('verify-failed');
    const strict = await bench.play(script(body.replace('new', 'newer')));
    expect(resultOf(strict)).toBe('unreviewed');
    await writeFile(ready, '');
    expect(resultOf(await bench.resume(lax.runId))).toBe('landed');
    expect(resultOf(await bench.resume(strict.runId))).toBe('unreviewed');
    const { engine } = bench;
    await finish(engine, await engine.resume({ runId: strict.runId, requireReview: false, attended: false }));
    await repo.git('branch', '-D', `workflow/${strict.runId}/integration`);
    expect(resultOf(await bench.resume(strict.runId))).toBe('landed');
  });
});

test('X03 a run that was killed between moving the branch and its journal lands the rest, and nothing twice', async () => {
  await withRepo([author, reviewer()], async (bench, repo) => {
    const body = `const made = await Promise.all(['a', 'b'].map((file) => change('write ' + file + '.txt: new')));
      await Promise.all(made.map((one) => review(one)));
      return (await Promise.all(made.map((one) => land(one)))).map(({commit}) => commit);`;
    const first = await bench.play(script(body));
    const branch = `workflow/${first.runId}/integration`;
    const [one = '', two = ''] = resultOf(first) as string[];
    await bench.restart();
    // As if only the first had landed, and neither had been written down.
    await repo.git('update-ref', `refs/heads/${branch}`, one);
    await forgetLandings(bench, first.runId);
    const [again, other] = resultOf(await bench.resume(first.runId)) as string[];
    expect(again).toBe(one);
    expect(other).toBe(await repo.git('rev-parse', branch));
    expect(await repo.git('rev-parse', `${branch}^{tree}`)).toBe(await repo.git('rev-parse', `${two}^{tree}`));
    expect(await repo.git('rev-list', '--count', `main..${branch}`)).toBe('2');
  });
});

/** Takes the landings out of a run's journal. */
async function forgetLandings({ home }: Bench, runId: string): Promise<void> {
  const paths = await readdir(home, { recursive: true });
  const journal = paths.find((path) => path.endsWith(join(runId, 'journal.ndjson')));
  if (journal === undefined) throw new Error('there is no journal');
  const lines = (await readFile(join(home, journal), 'utf8')).split('\n');
  const kept = lines.filter((line) => !line.includes('"kind":"land"'));
  expect(kept.length).toBe(lines.length - 2);
  await writeFile(join(home, journal), kept.join('\n'));
}
