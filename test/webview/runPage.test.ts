import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { allAgents } from '../../src/projection/agentTable.ts';
import { done, ended, queued, replied, runStarted, SMALL_RUN, started } from '../../src/projection/runLog.fake.ts';
import type { EventBody } from '../../src/protocol/messages.ts';
import type { AgentDetail } from '../../src/protocol/wire.ts';
import { openWebviewBrowser, type Webview, type WebviewBrowser } from '../support/webviewPage.ts';

let browser: WebviewBrowser;
beforeAll(async () => {
  browser = await openWebviewBrowser();
});
afterAll(() => browser.close());

const TOOL: EventBody = {
  type: 'tool.started',
  agentId: 'a2',
  callId: 't9',
  tool: 'Bash',
  summary: 'npm test -- money',
};
/** Until two authors run. */
const HALF_WAY = SMALL_RUN.slice(0, 15);

const USAGE = {
  inputTokens: 0,
  outputTokens: 0,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  agents: 20,
  requests: 20,
  usd: 0,
  ms: 1,
};

const detail = (more: Partial<AgentDetail> = {}): AgentDetail => ({
  ...{ agentId: 'a2', prompt: 'Mend money.js.\n<b>Not bold.</b>', answer: null },
  ...more,
});

async function textOf(webview: Webview, selector: string): Promise<string> {
  return webview.page.locator(selector).innerText();
}

describe('what the host says is what is seen', () => {
  test('it asks for a snapshot at its start, and says so while there is none', () =>
    browser.withPage({}, async (webview) => {
      await webview.page.getByText('Waiting for the run').waitFor();
      expect(await webview.sent()).toEqual([{ type: 'ready' }]);
    }));

  test('a snapshot shows all phases, agents and landings', () =>
    browser.withPage({}, async (webview) => {
      await webview.snapshot(SMALL_RUN);
      for (const { id, label } of allAgents(webview.state.agents)) {
        await webview.card(id).waitFor();
        expect(await webview.card(id).innerText()).toContain(label);
      }
      expect(await webview.page.locator('.phase-head').allInnerTexts()).toEqual([
        expect.stringContaining('Find'),
        expect.stringContaining('Fix'),
        expect.stringContaining('Review'),
        expect.stringContaining('Land'),
      ]);
      expect(await webview.page.locator('.react-flow__node-landing').allInnerTexts()).toEqual([
        expect.stringContaining('Landed'),
        expect.stringContaining('Not approved'),
      ]);
      expect(await webview.page.locator('.react-flow__edge').evaluateAll((edges) => edges.length)).toBe(8);
      expect(await textOf(webview, 'header')).toMatch(/Completed with failures[\s\S]*5 done · 1 failed/);
      expect(await textOf(webview, '.notice')).toContain('came to nothing');
    }));

  test('events move an agent through its states, and nothing else moves', () =>
    browser.withPage({}, async (webview) => {
      await webview.snapshot([...HALF_WAY.slice(0, 12), queued('a3', 'Fix', { kind: 'author' })]);
      const card = webview.card('a2');
      const places = (): Promise<unknown> =>
        webview.page.evaluate(
          `[...document.querySelectorAll('.react-flow__node, .tab, .figure:first-child, .phase')].map((e) => { const { x, y, width, height } = e.getBoundingClientRect(); return [x, y, e.matches('.figure') ? 0 : width, height]; })`,
        );
      await card.getByText('Waits for a slot').waitFor();
      const before = await places();
      for (const [bodies, text] of [
        [[started('a2')], 'Waits for the model'],
        [[TOOL], 'Bash npm test -- money'],
        [[{ type: 'tool.ended', agentId: 'a2', callId: 't9', ok: true, ms: 5 } as const], 'Waits for the model'],
        [
          [{ type: 'agent.retried', agentId: 'a2', message: 'rate limit', delayMs: 1e12 } as const],
          /^Waits for the limiter, asks again on .+ at .+: rate limit$/,
        ],
        [[replied('a2')], '1.1k · $0.00'],
        [[done('a2')], 'Done'],
      ] as const) {
        await webview.events(bodies);
        await card.getByText(text).waitFor();
        expect(await places()).toEqual(before);
      }
      await webview.page.getByRole('button', { name: 'Author fix money Done 1.1k · $0.0030' }).waitFor();
    }));

  test.each<{ name: string; end: EventBody; text: string }>([
    {
      name: 'null, with its cause',
      end: {
        type: 'agent.ended',
        agentId: 'a2',
        end: { kind: 'null', cause: 'timeout', message: 'too slow' },
        fromJournal: false,
      },
      text: 'Timed out',
    },
    {
      name: 'an error',
      end: { type: 'agent.ended', agentId: 'a2', end: { kind: 'threw', message: 'no schema' }, fromJournal: false },
      text: 'Threw an error',
    },
    { name: 'an answer of the journal', end: done('a2', true), text: 'Done, from journal' },
  ])('an agent can end with $name', ({ end, text }) =>
    browser.withPage({}, async (webview) => {
      await webview.snapshot(HALF_WAY);
      await webview.card('a2').getByText('Waits for the model').waitFor();
      await webview.events([end]);
      await webview.card('a2').getByText(text).waitFor();
    }),
  );

  test('a gap asks for a snapshot, and what it shows until then is what it knows', () =>
    browser.withPage({}, async (webview) => {
      await webview.snapshot(HALF_WAY);
      await webview.card('a2').getByText('Waits for the model').waitFor();
      webview.happen([TOOL]);
      await webview.events([replied('a2')]);
      await expect.poll(() => webview.sent()).toEqual([{ type: 'ready' }, { type: 'ready' }]);
      await webview.card('a2').getByText('Waits for the model').waitFor();
      await webview.snapshot([]);
      await webview.card('a2').getByText('Bash npm test -- money').waitFor();
    }));

  test('an owner that is gone makes the run and its agents interrupted, one that is back undoes it', () =>
    browser.withPage({}, async (webview) => {
      await webview.snapshot(HALF_WAY);
      await webview.page.getByRole('button', { name: 'Stop' }).waitFor();
      await webview.post({ type: 'alive', alive: false });
      await webview.card('a2').getByText('Interrupted').waitFor();
      expect(await webview.page.getByRole('status').innerText()).toBe('Interrupted');
      expect(await textOf(webview, '.notice')).toContain('Resume goes on');
      await webview.post({ type: 'alive', alive: true });
      await webview.card('a2').getByText('Waits for the model').waitFor();
    }));

  test('a question for a person is shown until it is answered', () =>
    browser.withPage({}, async (webview) => {
      await webview.snapshot(SMALL_RUN.slice(0, 6));
      await webview.page.getByText('run the tests waits for your permission to use Bash:').waitFor();
      await webview.events(SMALL_RUN.slice(6, 7));
      await webview.page.locator('.question').waitFor({ state: 'detached' });
    }));

  test.each<{ name: string; bodies: readonly EventBody[]; text: string }>([
    { name: 'not begun', bodies: [], text: 'The run is starting.' },
    { name: 'begun', bodies: [{ ...runStarted(), phases: [] } as EventBody], text: 'No agent has been asked for yet.' },
    {
      name: 'ended without an agent',
      bodies: [{ ...runStarted(), phases: [] } as EventBody, ended()],
      text: 'This run ended without asking an agent.',
    },
  ])('a run that has $name says so', ({ bodies, text }) =>
    browser.withPage({}, async (webview) => {
      await webview.snapshot(bodies);
      await webview.page.getByText(text).waitFor();
    }),
  );
});

describe('one agent', () => {
  test('a click opens it with the head of its prompt, then with all of it, as plain text', () =>
    browser.withPage({}, async (webview) => {
      await webview.snapshot([...HALF_WAY, { type: 'worktree.leased', agentId: 'a2', path: '/w/a2' }]);
      await webview.card('a2').click();
      await webview.inspector.getByText('Do it.').waitFor();
      await expect.poll(() => webview.sent()).toContainEqual({ type: 'agent.show', agentId: 'a2' });
      await webview.post({ type: 'agent', detail: detail() });
      await webview.inspector.getByText('<b>Not bold.</b>').waitFor();
      await webview.inspector.getByText('It has not answered yet.').waitFor();
      expect(await webview.inspector.locator('b').count()).toBe(0);
      await webview.post({ type: 'agent', detail: detail({ answer: '{"fixed":true}' }) });
      await webview.inspector.getByText('"fixed": true').waitFor();
      for (const fact of ['Author', 'Fix', 'claude-sonnet-5-5', '/w/a2'])
        expect(await webview.inspector.locator('.facts').innerText()).toContain(fact);
    }));

  test('it asks again when the agent has got further, and not for what others do', () =>
    browser.withPage({}, async (webview) => {
      await webview.snapshot(HALF_WAY);
      await webview.card('a2').click();
      const asked = async (): Promise<number> =>
        (await webview.sent()).filter(({ type }) => type === 'agent.show').length;
      await expect.poll(asked).toBe(1);
      await webview.events([replied('a3'), TOOL]);
      await webview.inspector.getByText('Bash npm test -- money').waitFor();
      expect(await asked()).toBe(1);
      await webview.events([replied('a2')]);
      await expect.poll(asked).toBe(2);
      await webview.events([done('a2')]);
      await expect.poll(asked).toBe(3);
    }));

  test("an answer about another agent is not shown as this one's", () =>
    browser.withPage({}, async (webview) => {
      await webview.snapshot(HALF_WAY);
      await webview.card('a3').click();
      await webview.post({ type: 'agent', detail: detail() });
      await webview.post({ type: 'agent', detail: detail({ agentId: 'a3', prompt: 'Mend dates.js.' }) });
      await webview.inspector.getByText('Mend dates.js.').waitFor();
      await webview.post({ type: 'agent', detail: detail() });
      await webview.events([TOOL]);
      await webview.card('a2').getByText('Bash').waitFor();
      expect(await webview.inspector.innerText()).not.toContain('Mend money.js.');
    }));

  test('an author shows its change, what the reviewers found, how the skeptics voted and what became of it', () =>
    browser.withPage({}, async (webview) => {
      await webview.snapshot(SMALL_RUN);
      await webview.card('a3').click();
      const text = async (): Promise<string> => webview.inspector.innerText();
      for (const part of [
        'fix src/dates.js',
        'src/dates.js',
        '+3',
        'Not approved',
        'the code was right',
        '2 upheld, 1 refuted',
      ])
        expect(await text()).toContain(part);
      await webview.card('a2').click();
      await webview.inspector.getByText('Landed as 01234567 on workflow/run-1').waitFor();
      expect(await text()).toContain('0 upheld, 3 refuted');
    }));

  test('a reviewer leads to the author, the author stands out in the graph', () =>
    browser.withPage({}, async (webview) => {
      await webview.snapshot(SMALL_RUN);
      await webview.card('a4').click();
      await webview.inspector.getByRole('button', { name: 'fix money' }).click();
      await webview.inspector.getByRole('heading', { name: 'fix money' }).waitFor();
      expect(await webview.card('a2').getAttribute('aria-pressed')).toBe('true');
      expect(await webview.page.locator('.react-flow__edge.is-selected').evaluateAll((edges) => edges.length)).toBe(2);
    }));

  test('what is looked at is remembered with the run, for when the editor brings the page back', () =>
    browser.withPage({}, async (webview) => {
      await webview.snapshot(HALF_WAY);
      await webview.card('a2').click();
      await webview.tab('Table');
      await expect.poll(() => webview.memory()).toEqual({ runId: 'run-1', view: 'table', selected: 'a2' });
    }));
});

describe('buttons say exactly what they mean', () => {
  test.each<{ button: string; bodies: readonly EventBody[]; alive: boolean; sends: object }>([
    { button: 'Stop', bodies: HALF_WAY, alive: true, sends: { type: 'run.stop' } },
    { button: 'Resume', bodies: HALF_WAY, alive: false, sends: { type: 'run.resume' } },
    { button: 'Resume', bodies: SMALL_RUN, alive: false, sends: { type: 'run.resume' } },
    { button: 'Open script', bodies: HALF_WAY, alive: true, sends: { type: 'script.open' } },
  ])('$button sends $sends.type', ({ button, bodies, alive, sends }) =>
    browser.withPage({}, async (webview) => {
      await webview.snapshot(bodies, alive);
      await webview.page.getByRole('button', { name: button }).click();
      await expect.poll(() => webview.sent()).toEqual([{ type: 'ready' }, sends]);
    }),
  );

  test('the inspector opens a transcript and a change', () =>
    browser.withPage({}, async (webview) => {
      await webview.snapshot(SMALL_RUN);
      await webview.card('a3').click();
      await webview.page.getByRole('button', { name: 'Open transcript' }).click();
      await webview.page.getByRole('button', { name: 'Open changes' }).click();
      await expect
        .poll(() => webview.sent())
        .toEqual([
          { type: 'ready' },
          { type: 'agent.show', agentId: 'a3' },
          { type: 'transcript.open', agentId: 'a3' },
          { type: 'change.open', changeId: 'a3' },
        ]);
    }));

  test('one that wrote nothing has no changes to open', () =>
    browser.withPage({}, async (webview) => {
      await webview.snapshot(SMALL_RUN);
      await webview.card('a4').click();
      await webview.page.getByRole('button', { name: 'Open transcript' }).waitFor();
      expect(await webview.page.getByRole('button', { name: 'Open changes' }).count()).toBe(0);
    }));

  test('the list of changes says what landed, what did not and why, and opens each', () =>
    browser.withPage({}, async (webview) => {
      await webview.snapshot(SMALL_RUN);
      await webview.tab('Changes');
      const items = webview.page.locator('.change');
      expect(await items.allInnerTexts()).toEqual([
        expect.stringMatching(/Landed[\s\S]*01234567 on workflow\/run-1/),
        expect.stringMatching(/Refused[\s\S]*refused by review: the code was right \(2 of 3 upheld it\)/),
      ]);
      await items.nth(1).getByRole('button', { name: 'Open changes' }).click();
      await expect.poll(() => webview.sent()).toEqual([{ type: 'ready' }, { type: 'change.open', changeId: 'a3' }]);
    }));

  test('X03 the list of changes offers what a person may still decide, once the run is over', () =>
    browser.withPage({}, async (webview) => {
      await webview.snapshot(SMALL_RUN.slice(0, -1));
      await webview.tab('Changes');
      const items = webview.page.locator('.change');
      await items.nth(1).waitFor();
      expect(await webview.page.locator('.decide').count()).toBe(0);
      await webview.snapshot(SMALL_RUN);
      await items.nth(1).getByRole('button', { name: 'Land…' }).click();
      await items.nth(1).getByRole('button', { name: 'Discard…' }).click();
      expect(await items.nth(0).locator('.decide').count()).toBe(0);
      await expect
        .poll(() => webview.sent())
        .toEqual([
          { type: 'ready' },
          { type: 'change.land', changeId: 'a3' },
          { type: 'change.discard', changeId: 'a3' },
        ]);
    }));

  test.each(['light', 'dark', 'high-contrast'] as const)(
    'X03 the list of changes shows what a person has decided since, in %s',
    (theme) =>
      browser.withPage({ theme }, async (webview) => {
        await webview.snapshot(SMALL_RUN);
        await webview.tab('Changes');
        const texts = (): Promise<readonly string[]> => webview.page.locator('.change').allInnerTexts();
        const commit = 'fedcba9876543210';
        const discarded = { type: 'discarded', at: 1, change: 'a3', branch: 'b', commit } as const;
        await webview.post({ type: 'decisions', decisions: [discarded] });
        await expect.poll(async () => (await texts())[1]).toMatch(/Discarded on your word[^]*Bring back…/);
        await webview.picture(`${theme}-changes-decided`);
        const restored = { type: 'restored', at: 2, change: 'a3' } as const;
        const landed = { type: 'landed', at: 3, change: 'a3', branch: 'workflow/run-1', commit } as const;
        await webview.post({ type: 'decisions', decisions: [discarded, restored, landed] });
        await expect.poll(async () => (await texts())[1]).toMatch(/Landed fedcba98 on workflow\/run-1/);
        await webview.page.getByText('2 changes landed on').waitFor();
        const applied = { number: 1, base: 'x', commit, checkout: '/w', files: 2 };
        const all = [restored, landed, { type: 'applied', at: 4, change: null, ...applied } as const];
        await webview.post({ type: 'decisions', decisions: all });
        await expect.poll(texts).toEqual([expect.stringContaining('Applied'), expect.stringContaining('Applied')]);
      }),
  );

  test.each(['light', 'dark', 'high-contrast'] as const)(
    'what failed in the same way stands in its log once, by the names of the first, in %s',
    (theme) =>
      browser.withPage({ theme }, async (webview) => {
        const message = 'The budget of 20 agents is spent (20 agents used).';
        const capped = Array.from({ length: 40 }, (_, n) => ({
          cause: 'budget' as const,
          label: `file ${n}`,
          message,
        }));
        const failures = [
          ...capped,
          { cause: 'api' as const, label: 'fix dates', message: 'The service is overloaded.' },
        ];
        const end = { status: 'degraded' as const, result: null, failures };
        await webview.snapshot([...SMALL_RUN.slice(0, -1), { type: 'run.ended', end, usage: USAGE }], false);
        await webview.tab('Log');
        const lines = await webview.page.locator('.line-error').allInnerTexts();
        expect(lines).toEqual([
          expect.stringMatching(
            /^file 0, file 1, .*file 19 and 20 more: The budget of 20 agents is spent .* \(budget\)$/,
          ),
          'fix dates: The service is overloaded. (api)',
        ]);
        expect(await webview.page.getByRole('tab', { name: 'Log' }).innerText()).toContain('41');
        await webview.picture(`log-${theme}`);
      }),
  );

  test.each(['light', 'dark', 'high-contrast'] as const)(
    'what landed can be taken over from its page, in %s',
    (theme) =>
      browser.withPage({ theme }, async (webview) => {
        await webview.snapshot(SMALL_RUN);
        await webview.tab('Changes');
        const bar = webview.page.getByRole('region', { name: 'Take over what landed' });
        expect(await bar.innerText()).toMatch(
          /1 change landed on workflow\/run-1\S*\. The run itself has left your files and branches as they were\./,
        );
        await webview.picture(`take-over-${theme}`);
        for (const name of ['Apply to my files…', 'Merge…', 'Pull request…'])
          await bar.getByRole('button', { name }).click();
        await expect
          .poll(() => webview.sent())
          .toEqual([
            { type: 'ready' },
            { type: 'changes.apply' },
            { type: 'changes.merge' },
            { type: 'changes.propose' },
          ]);
      }),
  );

  test('what nobody landed, or may still land, is not offered', () =>
    browser.withPage({}, async (webview) => {
      await webview.snapshot(
        SMALL_RUN.filter(({ type }) => type !== 'run.ended'),
        true,
      );
      await webview.tab('Changes');
      await webview.page.locator('.change').first().waitFor();
      expect(await webview.page.getByRole('button', { name: 'Apply to my files…' }).count()).toBe(0);
    }));

  test('a finished run offers neither to stop nor to go on', () =>
    browser.withPage({}, async (webview) => {
      await webview.snapshot([...SMALL_RUN.slice(0, -1), ended('completed')], false);
      await webview.page.getByRole('button', { name: 'Open script' }).waitFor();
      expect(await webview.page.getByRole('button', { name: /Stop|Resume/ }).count()).toBe(0);
    }));
});
