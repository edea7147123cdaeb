import { describe, expect, test } from 'vitest';
import type { EventBody } from '../../protocol/messages.ts';
import { cells, PLAIN, renderLine } from '../view/cells.ts';
import { HALF_WAY, START, WHOLE } from '../view/runEvents.fake.ts';
import { paint, type Sight } from './paint.ts';
import { seenRun } from './runsView.fake.ts';
import { FIRST_VIEW, type Page, type ViewState } from './viewState.ts';

const HOSTILE = 'evil\u001b[2J\u001b]0;title\u0007\r\nsecond\u202e\u0008';
const hostile = HALF_WAY.map((event): EventBody =>
  event.type === 'agent.queued' ? { ...event, label: HOSTILE, phase: HOSTILE, prompt: HOSTILE } : event,
);
const runs = [
  seenRun('mend-1', HALF_WAY),
  seenRun('mend-2', WHOLE, { status: 'degraded', ofSession: false }),
  seenRun('evil-3', hostile, { workflowName: HOSTILE, ofSession: false }),
];

function shown(pages: ViewState['pages'], more: Partial<Sight> & { view?: Partial<ViewState> } = {}) {
  const { view, ...rest } = more;
  const sight: Sight = { runs, messages: null, question: [], now: START + 20_000, columns: 79, rows: 24, ...rest };
  const picture = paint({ ...FIRST_VIEW, pages, ...view }, sight);
  return { ...picture, text: picture.lines.map((line) => renderLine(line, sight.columns, PLAIN)) };
}

const LIST: Page = { kind: 'list', runId: 'mend-2' };

describe('80×24', () => {
  test('the list: runs of the session first, the chosen one marked', () => {
    const { text } = shown([LIST]);
    expect(text).toHaveLength(24);
    expect(text.slice(0, 6)).toMatchInlineSnapshot(`
      [
        "Workflows",
        "",
        "Of this session",
        "  mend              running     400 out    $0.0223  20s     mend-1",
        "Of this folder",
        "> mend              degraded    400 out    $0.0223  24s     mend-2",
      ]
    `);
    expect(text.at(-1)).toBe('Enter open · p pause · x stop · r resume · q back to the session · ? help');
  });

  test('a run: phases, agents, tokens, money, time and what they wait for', () => {
    const { text } = shown([LIST, { kind: 'run', runId: 'mend-1', agentId: 'a3' }]);
    expect(text.slice(0, 12)).toMatchInlineSnapshot(`
      [
        "mend  running  mend-1",
        "2 running, 1 waiting, 1 done · 400 out · $0.0223 · 20s",
        "",
        "Find  1 of 1",
        "  ✓ find failures         done        400 out    $0.0223  2.0s",
        "Fix  0 of 3",
        "  ● fix src/money.js      running     0 out      $0       10s     Bash npm tes…",
        "> ● fix src/日本語.js     running     0 out      $0       8.0s    the model",
        "  ○ fix src/ [31mred.js   queued      0 out      $0               a slot",
        "Land",
        "",
        "",
      ]
    `);
  });

  test('an agent: what it was asked and what it answered, whole, and scrolled', () => {
    const page: Page = { kind: 'agent', runId: 'mend-1', agentId: 'a1', top: 0 };
    const long = Array.from({ length: 40 }, (_, index) => `line ${index}`).join('\n');
    const messages = [
      { role: 'user', content: [{ type: 'text', text: 'Find the failures.' }] },
      { role: 'assistant', content: [{ type: 'text', text: long }] },
    ] as const;
    const { text, total, room } = shown([LIST, page], { messages: messages as unknown as Sight['messages'] });
    expect(text.slice(0, 14)).toMatchInlineSnapshot(`
      [
        "mend  running  mend-1",
        "2 running, 1 waiting, 1 done · 400 out · $0.0223 · 20s",
        "",
        "find failures",
        "done  400 out    $0.0223  2.0s  claude-sonnet-5-5",
        "",
        "Prompt",
        "  Find the failures.",
        "",
        "Result",
        "  line 0",
        "  line 1",
        "  line 2",
        "  line 3",
      ]
    `);
    const end = shown([LIST, { ...page, top: total - room }], { messages: messages as unknown as Sight['messages'] });
    expect(end.text.join('\n')).toContain('  line 39');
  });

  test('what is asked, and what came of a key, stand above the keys', () => {
    const { text } = shown([LIST], { view: { asking: { question: 'Stop mend? y/n', act: { type: 'leave' } } } });
    expect(text.slice(-2)).toEqual(['Stop mend? y/n', expect.stringContaining('Enter open')]);
  });
});

test.each([
  [80, 24],
  [60, 15],
  [40, 10],
  [20, 5],
  [10, 3],
  [1, 1],
])('%i×%i: never more than there is room for, and nobody else moves the cursor or colours', (columns, rows) => {
  const pages: ViewState['pages'][] = [
    [LIST],
    [LIST, { kind: 'run', runId: 'evil-3', agentId: null }],
    [LIST, { kind: 'agent', runId: 'evil-3', agentId: 'a2', top: 3 }],
  ];
  for (const some of pages) {
    for (const help of [false, true]) {
      const { text } = shown(some, { columns, rows, view: { help, note: HOSTILE } });
      expect(text.length).toBeLessThanOrEqual(rows);
      for (const line of text) {
        expect(cells(line)).toBeLessThanOrEqual(columns);
        expect(line).not.toMatch(/[\p{Cc}\u202e]/u);
      }
    }
  }
});

test('of a long list the chosen one is in sight', () => {
  const many = Array.from({ length: 100 }, (_, index) => seenRun(`run-${index}`, []));
  for (const at of [0, 50, 99]) {
    const { text } = shown([{ kind: 'list', runId: `run-${at}` }], { runs: many, rows: 12 });
    expect(text.some((line) => line.startsWith('> ') && line.endsWith(`run-${at}`))).toBe(true);
  }
});
