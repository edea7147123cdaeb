import { describe, expect, test } from 'vitest';
import { HAS_TERMINALS, script, withDesk, type Started } from './dwf.ts';

const SCRIPT = script(
  "phase('Look');\nconst first = await agent('quick', {label: 'the quick one'});\nreturn [first, await agent('never', {label: 'evil\\u001b[2J\\u001b]0;x\\u0007 label'})];",
  'looker',
);
const RULES = (last: object) => [
  { when: { prompt: 'quick$' }, reply: { text: 'An answer\u001b[31m in red' } },
  { when: { prompt: 'never$' }, reply: last },
  { when: { last: 'workflow-ended' }, reply: { text: 'It is over.' } },
  { when: { last: '"status":"started"' }, reply: { text: 'It has begun.' } },
  { when: { last: 'use a workflow' }, reply: { tools: [{ name: 'Workflow', input: { script: SCRIPT } }] } },
];

const ESC = '\u001b';
const OPEN = `${ESC}[?1049h`;
const CLOSE = `${ESC}[?25h${ESC}[?1049l`;

function typing({ child, says }: Started) {
  return async (keys: string, until: string): Promise<void> => {
    child.stdin?.write(keys);
    await says(until);
  };
}

describe.skipIf(!HAS_TERMINALS)('/workflows in a terminal', () => {
  test('shows runs, agents and what they said, steers, and leaves the screen as it was', () =>
    withDesk(async ({ write, start, dwf }) => {
      const rules = await write('rules.json', JSON.stringify(RULES({ text: 'late', latencyMs: 600_000 })));
      const chat = start(['chat', '--yes', '--simulate', rules], { terminal: { columns: 80, rows: 24 } });
      const type = typing(chat);
      await chat.says('Say what you want');
      await type('use a workflow\n', 'It has begun.');
      await type('/workflows\n', 'Of this session');
      await type('\r', 'the quick one');
      await chat.says('1 running, 0 waiting, 1 done');
      await type('\r', 'An answer[31m in red');
      await type('\u001b', 'Enter agent');
      await type('?', 'Keys');
      await type('q', 'Enter agent');
      await type('p', 'paused');
      await type('x', 'Stop looker? y/n');
      await type('y', 'It stops.');
      await chat.says('0 running, 0 waiting');
      await type('r', '1 of 2 calls comes from the journal');
      await type('y', 'looker goes on');
      await type('qq', CLOSE);
      await type('\u0004', 'To go on with this session');
      const { stdout, code } = await chat.ended;
      expect(code).toBe(0);
      const [from, to] = [stdout.indexOf(OPEN), stdout.indexOf(CLOSE)];
      const [view, after] = [stdout.slice(from + OPEN.length, to), stdout.slice(to + CLOSE.length)];
      // Nothing of the talk came between, and all of it comes after.
      expect(view).not.toContain('It is over.');
      expect(after).toContain('Workflow looker');
      // Only rows are addressed, only our own colours are set.
      const codes = view
        .split(ESC)
        .slice(1)
        .map((piece) => /^[^A-Za-z]*[A-Za-z]/.exec(piece)?.[0] ?? piece);
      const own = /^\[(\?25l|\?2026[hl]|2J|K|\d+;1H|(1|2|22|31|32|33|39)m)$/;
      expect(codes.filter((steering) => !own.test(steering))).toEqual([]);
      expect(view.replaceAll(ESC, '')).not.toMatch(/\p{Cc}/u);
      const list = JSON.parse((await dwf(['runs', '--json'])).stdout) as { readonly status: string }[];
      expect(list.map(({ status }) => status)).toEqual(['stopped']);
    }));

  test('over a session of another process: what is pressed there is done where the run is', () =>
    withDesk(async ({ write, start, dwf }) => {
      const rules = await write('rules.json', JSON.stringify(RULES({ text: 'late', latencyMs: 600_000 })));
      const serving = start(['serve', '--simulate', rules]);
      await serving.says('It ends with Ctrl-C');
      const chat = start(['chat', '--detach', '--yes'], { terminal: { columns: 80, rows: 24 } });
      const type = typing(chat);
      await chat.says(`open in process ${serving.child.pid}`);
      await type('use a workflow\n', 'It has begun.');
      await type('/workflows\n', 'Of this session');
      await type('\r', '1 running, 0 waiting, 1 done');
      await type('x', 'Stop looker? y/n');
      await type('y', 'It stops.');
      await chat.says('0 running, 0 waiting');
      await type('qq', CLOSE);
      await type('\u0004', 'The session goes on in process');
      expect((await chat.ended).code).toBe(0);
      const list = JSON.parse((await dwf(['runs', '--json'])).stdout) as { readonly status: string }[];
      expect(list.map(({ status }) => status)).toEqual(['stopped']);
      await dwf(['serve', '--stop']);
      expect((await serving.ended).code).toBe(0);
    }));

  test('Ctrl-C closes it; what an agent asks is told in the talk and answered on the page of its run', () =>
    withDesk(async ({ write, start }) => {
      const runs = { tools: [{ name: 'Bash', input: { command: 'touch asked.txt' } }] };
      const rules = await write(
        'rules.json',
        JSON.stringify([{ when: { last: '(?i:denied|not allow|refus)' }, reply: { text: 'ok' } }, ...RULES(runs)]),
      );
      const chat = start(['chat', '--yes', '--sandbox', 'off', '--simulate', rules], {
        terminal: { columns: 60, rows: 12 },
      });
      const type = typing(chat);
      await chat.says('Say what you want');
      await type('use a workflow\n', 'Answer it in /workflows.');
      await type('/workflows\n', 'asks you');
      await type('\r', 'y allow once');
      await type('n', '2 done');
      await type('\u0003', CLOSE);
      await type('\u0004', 'To go on with this session');
      expect((await chat.ended).code).toBe(0);
    }));
});

test('without a terminal the list is printed, once', () =>
  withDesk(async ({ write, dwf }) => {
    const rules = await write('rules.json', JSON.stringify(RULES({ text: 'done' })));
    const none = await dwf(['chat', '-p', '/workflows', '--simulate', rules]);
    expect(none.stdout).toContain('No runs here yet.');
    await dwf(['chat', '-p', 'use a workflow', '--yes', '--simulate', rules]);
    const { stdout, code } = await dwf(['chat', '-p', '/workflows', '--simulate', rules]);
    expect(stdout).toMatch(/^looker-\S+ +completed /m);
    expect(code).toBe(0);
  }));
