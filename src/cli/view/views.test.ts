import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Json } from '../../protocol/json.ts';
import type { EventBody } from '../../protocol/messages.ts';
import type { RunEnd } from '../../protocol/run.ts';
import { initialState } from '../../projection/state.ts';
import { reduce } from '../../projection/reduce.ts';
import { fakeIo } from '../io.fake.ts';
import { cells, clipCells, COLOURED, type Line, manyLines, oneLine, padCells, PLAIN, renderLine } from './cells.ts';
import { frame } from './frame.ts';
import { headLine } from './headLine.ts';
import { liveView } from './liveView.ts';
import { plainView } from './plainView.ts';
import { report } from './report.ts';
import { END, eventsOf, HALF_WAY, RUN_ID, RUN_USAGE, START, STARTED, stateOf, WHOLE } from './runEvents.fake.ts';
import type { RunView } from './runView.ts';

function text(lines: readonly Line[], width = Infinity): string {
  return lines.map((line) => renderLine(line, width, PLAIN)).join('\n');
}

describe('cells', () => {
  test.each([
    { text: 'plain', width: 5 },
    { text: '日本', width: 4 },
    { text: 'e\u0301', width: 1 },
    { text: '🚀', width: 2 },
    { text: '…', width: 1 },
  ])('"$text" takes $width', ({ text: sample, width }) => {
    expect(cells(sample)).toBe(width);
    expect(cells(padCells(sample, 10))).toBe(10);
  });

  test('what is cut shows as an ellipsis, and never takes more than its width', () => {
    expect(clipCells('abcdef', 4)).toBe('abc…');
    expect(clipCells('日本語', 4)).toBe('日…');
    for (const width of [0, 1, 2, 3, 4, 5, 6]) expect(cells(clipCells('日本語', width))).toBeLessThanOrEqual(width);
  });

  test('nothing of somebody else’s text steers the terminal', () => {
    expect(oneLine('a\u001b[2Jb\r\nc\td\u202ee')).toBe('a [2Jb c d e');
    expect(manyLines('a\u001b[2J\r\n\tb\u0007')).toBe('a[2J\n\tb');
  });

  test('colours go around what is left of a line', () => {
    const line: Line = [
      { text: 'ab', look: 'good' },
      { text: 'cdef', look: 'bad' },
    ];
    expect(renderLine(line, 4, COLOURED)).toBe('\u001b[32mab\u001b[39m\u001b[31mc…\u001b[39m');
  });
});

describe('head', () => {
  test.each([
    {
      base: { commit: '1a2b3c4d5e6f', branch: 'main', dirtyFiles: 0 },
      simulated: false,
      says: 'mend · /repo · main at 1a2b3c4d · m · permission mode plan',
    },
    {
      base: { commit: '1a2b3c4d5e6f', dirtyFiles: 1 },
      simulated: false,
      says: 'mend · /repo · detached at 1a2b3c4d · 1 uncommitted file is not part of this run · m · permission mode plan',
    },
    {
      base: { commit: '1a2b3c4d5e6f', branch: 'x', dirtyFiles: 3 },
      simulated: true,
      says: 'mend · /repo · x at 1a2b3c4d · 3 uncommitted files are not part of this run · simulated model · permission mode plan',
    },
    {
      base: { commit: '9f8e7d6c5b4a', branch: 'x', dirtyFiles: 3, snapshot: true as const, head: '1a2b3c4d5e6f' },
      simulated: true,
      says: 'mend · /repo · x at 1a2b3c4d with 3 uncommitted files · simulated model · permission mode plan',
    },
    { base: null, simulated: true, says: 'mend · /repo · no git repository · simulated model · permission mode plan' },
  ])('$says', ({ base, simulated, says }) => {
    expect(
      headLine({ workflowName: 'mend', cwd: '/repo', base, model: 'm', simulated, permissionMode: 'plan', caps: {} }),
    ).toBe(says);
  });
});

describe('live frame', () => {
  const at = (rows: number, columns: number, bodies: readonly EventBody[] = HALF_WAY): string =>
    text(
      frame(stateOf(eventsOf(bodies)), {
        now: START + 14_000,
        rows,
        columns,
        simulated: false,
        stopping: false,
        typed: '',
      }),
      columns,
    );

  test('says what runs, and in which phase', () => {
    expect(at(20, 76)).toBe(
      [
        'mend  2 running, 1 waiting · 1 request · 12.3k in, 400 out · $0.0223 · 14s',
        '  ✓ Find  1 of 1',
        '  ● Fix   0 of 3',
        '  ○ Land',
        '    fix src/money.js   4.0s    waits for Bash npm test --watch',
        '    fix src/日本語.js  2.0s    waits for the limiter, asks again in 1.0s: T…',
      ].join('\n'),
    );
  });

  test('W46 a paused run says why and since when', () => {
    const paused: EventBody = { type: 'run.paused', reason: 'quota', message: 'No more today.', until: START + 74_000 };
    const lines = at(20, 100, [...HALF_WAY, paused]).split('\n');
    const since = Math.max(0, 14 - HALF_WAY.length).toFixed(1);
    expect(lines[1]).toBe(
      `  paused ${since}s ago for want of quota, goes on in 1m 00s: No more today.  dwf resume mend-kq3`,
    );
    expect(at(20, 100, [...HALF_WAY, paused, { type: 'run.continued' }])).toBe(at(20, 100));
  });

  test('keeps to the rows and columns there are', () => {
    const narrow = at(6, 30).split('\n');
    expect(narrow).toHaveLength(5);
    expect(narrow.at(-1)).toBe('    … and 2 more');
    expect(narrow.filter((line) => cells(line) > 30)).toEqual([]);
  });

  test('shows the oldest open question last', () => {
    const asked = (requestId: string): EventBody => ({
      type: 'permission.asked',
      requestId,
      agentId: 'a2',
      tool: 'Bash',
      summary: `rm ${requestId}`,
    });
    expect(
      at(20, 76, [...HALF_WAY, asked('q1'), asked('q2')])
        .split('\n')
        .slice(-2),
    ).toEqual([
      '? fix src/money.js asks to use Bash: rm q1',
      '  y allow once · n deny · d deny with a reason (1 more after this)',
    ]);
  });
});

describe('report', () => {
  const say = (bodies: readonly EventBody[], end: RunEnd, width = 100, simulated = false, full = true): string =>
    text(
      report(stateOf(eventsOf(bodies)), end, {
        ...{ runId: RUN_ID, usage: RUN_USAGE, simulated, full, width, resultPath: '/run/result.json' },
      }),
    );

  test('tells what landed, what was refused and why, what it took and where it is', () => {
    expect(say(WHOLE, END, 92)).toBe(
      [
        '',
        'mend: completed in part after 1m 02s',
        '1 of 3 fixed.',
        '',
        '  landed     fix src/money.js           src/money.js +4 -2   abcdef01',
        '  refused    fix src/日本語.js          src/日本語.js +4 -2  refused by review: It breaks o…',
        '  refused    parseQuery() loses values  The README promises just this.',
        '  failed     red.js                     Its tests fail.',
        '',
        'What did not become a result',
        '  timeout  fix src/red.js: It took 30 minutes.',
        '',
        'Branch  workflow/mend-kq3/integration, 1 change; your own checkout is as it was',
        'Look    git log -p 1a2b3c4d..workflow/mend-kq3/integration',
        'Spent   3 agents, 3 requests, 12.3k tokens in (27 % from the cache), 400 out, $0.0421',
        'Run     mend-kq3, in full: dwf show mend-kq3',
      ].join('\n'),
    );
  });

  test.each<{ name: string; result: Json; lines: readonly string[] }>([
    { name: 'text', result: 'All is well.\nReally.', lines: ['', 'All is well.', 'Really.', ''] },
    { name: 'an object', result: { a: [1] }, lines: ['', '{', '  "a": [', '    1', '  ]', '}', ''] },
    { name: 'nothing', result: null, lines: [''] },
  ])('without changes the result is shown: $name', ({ result, lines }) => {
    const shown = say([STARTED], { status: 'completed', result, failures: [] }).split('\n');
    expect(shown.slice(2, -2)).toEqual(lines);
  });

  test.each([
    {
      name: 'of many lines',
      result: Array.from({ length: 100 }, (_, index) => `line ${index}`).join('\n'),
      full: false,
      ending: 'line 59\n… First 469 of 789 characters; all of it: /run/result.json\n',
    },
    {
      name: 'of one long line',
      result: 'x'.repeat(81_234),
      full: false,
      ending: 'x\n… First 2000 of 81234 characters; all of it: /run/result.json\n',
    },
    {
      name: 'of one long line, looked at by itself',
      result: 'x'.repeat(81_234),
      full: true,
      ending: 'x\n… First 20000 of 81234 characters; all of it: /run/result.json\n',
    },
  ])('W40 a long result is cut with its size and the way to the rest: $name', ({ result, full, ending }) => {
    expect(say([STARTED], { status: 'completed', result, failures: [] }, 100, false, full)).toContain(ending);
  });

  test.each([
    { full: false, more: '… and 5 more: dwf show mend-kq3' },
    { full: true, more: null },
  ])('W23 every failure is listed where a run is looked at by itself: $full', ({ full, more }) => {
    const failures = Array.from({ length: 15 }, (_, n) => ({ cause: 'api', message: `number ${n}` }) as const);
    const said = say([STARTED], { status: 'degraded', result: null, failures }, 100, false, full);
    expect(said.includes('number 14')).toBe(full);
    if (more !== null) expect(said).toContain(more);
  });

  test('W23 failures that are alike stand in one line, and all are counted', () => {
    const failures = Array.from(
      { length: 12 },
      (_, n) => ({ cause: 'budget', label: `task ${n}`, message: 'The budget is spent.', times: 30 }) as const,
    );
    const said = say([STARTED], { status: 'degraded', result: null, failures }, 100, false, false);
    expect(said).toContain('  budget  task 0, task 1, task 2 and 9 more: The budget is spent. (360 times)\n');
  });

  test('W23 the census is told', () => {
    const census = {
      agents: { done: 2, fromJournal: 1, null: { api: 1 }, threw: 0, abandoned: 0 },
      units: { done: 2, failed: 0, unvisited: 1 },
    };
    const end: RunEnd = { status: 'degraded', result: 1, failures: [] };
    const said = say([STARTED, { type: 'run.ended', end, usage: RUN_USAGE, census }], end);
    expect(said).toContain(
      'Census  3 agents: 2 done (1 from the journal), 1 null (1 api); 3 units: 2 done, 1 unvisited',
    );
  });

  test('a failed run says why', () => {
    const failed: RunEnd = { status: 'failed', message: 'The key was refused.', result: null, failures: [] };
    expect(say([STARTED], failed)).toContain('mend: failed after 1m 02s\nThe key was refused.\n');
  });

  test('a simulated run spends nothing, and says so', () => {
    expect(say([STARTED], { status: 'completed', result: null, failures: [] }, 100, true)).toContain(
      'simulated, nothing spent',
    );
  });
});

function play(view: RunView, bodies: readonly EventBody[]): void {
  let state = initialState(RUN_ID);
  for (const event of eventsOf(bodies)) {
    state = reduce(state, event);
    view.accept(event, state);
  }
}

test.each([
  { exitCode: 0, path: '/r/checks/c1.txt', says: 'passed' },
  { exitCode: 3, path: '/r/checks/c1.txt', says: 'exit code 3' },
  { exitCode: null, path: '/r/checks/c1.txt', says: 'did not end' },
  { exitCode: null, path: null, says: 'did not run' },
])('X10 a check: $says', ({ exitCode, path, says }) => {
  const io = fakeIo();
  const check = { checkId: 'c1', command: 'npm test', label: 'tests', phase: null, changeId: null };
  play(plainView(io.stdout), [
    STARTED,
    { type: 'check.started', ...check },
    { type: 'check.ended', checkId: 'c1', exitCode, path, fromJournal: false },
  ]);
  expect(io.out()).toContain(`check tests: ${says}\n`);
});

test('plain lines: one an event worth it, with the time since the start', () => {
  const io = fakeIo();
  play(plainView(io.stdout), WHOLE);
  expect(io.out().split('\n')).toEqual([
    '00:01 Find',
    '00:05   find failures: done',
    '00:06 2 failures',
    '00:13   fix src/日本語.js: The API is overloaded. Asks again in 2.0s.',
    '00:16   fix src/money.js: done',
    '00:18   fix src/日本語.js: done',
    '00:20   fix src/日本語.js: not approved: major It breaks on empty input (2 upheld, 1 refuted)',
    '00:21 fix src/money.js: landed as abcdef01',
    '00:22 fix src/日本語.js: not landed, no review approved it',
    '00:23   fix src/ [31mred.js: timeout: It took 30 minutes.',
    '',
  ]);
});

test('W46 plain lines tell what a person does to a run', () => {
  const io = fakeIo();
  play(plainView(io.stdout), [
    STARTED,
    { type: 'run.paused', reason: 'person', message: 'Paused by a person.', until: null },
    { type: 'run.continued' },
    { type: 'run.changed', concurrency: 4, caps: { outputTokens: 500_000, usd: 5, agents: 1 } },
    { type: 'run.changed', concurrency: 2, caps: {} },
    { type: 'refused', commandId: 'c', error: 'The run is not paused.' },
  ]);
  expect(io.out().split('\n')).toEqual([
    '00:01 Paused: Paused by a person.',
    '00:02 Goes on.',
    '00:03 Changed: 4 at once, at most 500.0k output tokens, $5.00, 1 agent.',
    '00:04 Changed: 2 at once, no cap.',
    '00:05 The run is not paused.',
    '',
  ]);
});

describe('live view', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  const open = (answers: [string, unknown][] = []) => {
    const io = fakeIo({ terminal: { columns: 80, rows: 20 } });
    const view = liveView({
      io,
      paint: PLAIN,
      simulated: true,
      now: () => START + 14_000,
      stopping: () => false,
      onAnswer: (requestId, reply) => answers.push([requestId, reply]),
      onReply: (requestId, answer) => answers.push([requestId, answer]),
    });
    return { io, view };
  };

  test('draws at most ten times a second, and not at all while nothing changes', () => {
    const { io, view } = open();
    play(view, HALF_WAY);
    const count = (): number => io.out().split('\u001b[?2026h').length - 1;
    expect(count()).toBe(0);
    vi.advanceTimersByTime(100);
    expect(count()).toBe(1);
    vi.advanceTimersByTime(1_000);
    expect(count()).toBe(1);
    view.close();
  });

  test.each([
    { name: 'close', end: (io: ReturnType<typeof fakeIo>, view: RunView) => (view.close(), view.close(), io) },
    { name: 'the end of the process', end: (io: ReturnType<typeof fakeIo>) => io.end() },
  ])('$name gives the cursor back, once, and leaves what is worth keeping', ({ end }) => {
    const { io, view } = open();
    play(view, HALF_WAY);
    vi.advanceTimersByTime(100);
    end(io, view);
    expect(io.out().split('\u001b[?25h')).toHaveLength(2);
    expect(io.out().endsWith('\u001b[?25h')).toBe(true);
    expect(io.out()).toContain('2 failures');
    expect(vi.getTimerCount()).toBe(0);
  });

  test('a question is answered by one key; other keys and later ones do nothing', () => {
    const answers: [string, unknown][] = [];
    const { io, view } = open(answers);
    const asked: EventBody = {
      type: 'permission.asked',
      requestId: 'q1',
      agentId: 'a2',
      tool: 'Bash',
      summary: 'rm -rf /',
    };
    io.press('y');
    play(view, [...HALF_WAY, asked]);
    io.press('x');
    io.press('N');
    expect(answers).toEqual([['q1', { allow: false }]]);
    play(view, [...HALF_WAY, asked, { type: 'permission.answered', requestId: 'q1', allowed: false, by: 'person' }]);
    io.press('y');
    expect(answers).toEqual([['q1', { allow: false }]]);
    view.close();
  });

  const question = (requestId: string, more: object = {}): EventBody => ({
    type: 'question.asked',
    requestId,
    question: 'Which way?',
    phase: null,
    ...more,
  });

  test.each([
    { name: 'a digit chooses', more: { choices: ['left', 'right'] }, keys: 'x32', answer: 'right' },
    {
      name: 'Enter takes the default',
      more: { choices: ['left', 'right'], default: 'left' },
      keys: '\r',
      answer: 'left',
    },
    { name: 'any text is typed and sent', more: {}, keys: '\ra bb\u007f\u001b \r', answer: 'a b' },
    { name: 'what is typed wins over the default', more: { default: 'no' }, keys: 'yes\r', answer: 'yes' },
    { name: 'without a default Enter alone is no answer', more: { default: null }, keys: '\r\r', answer: undefined },
  ])('X04 the script asks: $name', ({ more, keys, answer }) => {
    const answers: [string, boolean | string][] = [];
    const { io, view } = open(answers);
    play(view, [...HALF_WAY, question('q7', more)]);
    for (const key of keys) io.press(key);
    expect(answers).toEqual(answer === undefined ? [] : [['q7', answer]]);
    view.close();
  });

  test('X04 shows what is asked and what was typed, and keeps both when it is answered', () => {
    const { io, view } = open();
    const asked = [...HALF_WAY, question('q7', { default: 'left' })];
    play(view, asked);
    vi.advanceTimersByTime(100);
    expect(io.out()).toMatch(/\? Which way\?.*\n {2}> _ · Enter: left/);
    for (const key of 'up') io.press(key);
    vi.advanceTimersByTime(100);
    expect(io.out()).toMatch(/ {2}> up_/);
    play(view, [...asked, { type: 'question.answered', requestId: 'q7', answer: 'up', by: 'person' }]);
    view.close();
    expect(io.out()).toMatch(/The script asks: Which way\?[^]*Answered: up/);
  });
});
