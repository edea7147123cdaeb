import { expect, test } from 'vitest';
import { demoBrain } from '../../src/node/simulator/demo/demoBrain.ts';
import { graph } from '../../src/projection/graph.ts';
import { runGit } from '../support/gitRepository.ts';
import { withWindow } from '../support/vscodeHost/withWindow.ts';
import {
  diffText,
  enterArgs,
  pickRow,
  pressRowAction,
  pressToastButton,
  showRuns,
  statusText,
  treeRow,
} from './steps.ts';

const BROKEN = "export const meta = { name: 'broken', description: 'It has an import.' };\nimport fs from 'fs';\n";

test('a run from the palette to its diffs: list, arguments, modal, tree, graph, end, diff, review thread', async () => {
  const model = { rules: [demoBrain], latencyMs: [150, 500] as const };
  const files = { '.claude/workflows/broken.js': BROKEN };
  await withWindow({ name: 'run', files, model }, async ({ workbench, folder, picture, record }) => {
    const { page } = workbench;

    await workbench.runCommand('Workflows: Run Workflow');
    await pickRow(page, 'fix-failing-tests').waitFor();
    expect(await pickRow(page, 'broken').innerText()).toContain('Cannot run. Line 2: `import` cannot be used');
    await picture('1-list');
    await pickRow(page, 'fix-failing-tests').click();

    await page.locator('.quick-input-title').filter({ hasText: 'fix-failing-tests: arguments' }).waitFor();
    await page.locator('.quick-input-widget .quick-input-box input').fill('{"maxFailures": 0}');
    await page.locator('.quick-input-message').filter({ hasText: '/maxFailures must be >= 1' }).waitFor();
    await picture('2-arguments');
    await enterArgs(page, '{"maxFailures": 50}');

    const modal = page.locator('.monaco-dialog-box');
    await modal.waitFor();
    const head = await runGit(folder, ['rev-parse', '--short=8', 'HEAD']);
    const said = await modal.innerText();
    for (const words of [
      'Phases: Find → Fix → Review → Land → Verify',
      `Base: main at ${head}; 1 uncommitted file is not part of this run`,
      'Model: claude-sonnet-5-5',
      'Permission mode: default',
      'Caps: 1000 agents',
    ])
      expect(said).toContain(words);
    await picture('3-modal');
    await modal.locator('.monaco-button').filter({ hasText: 'Run' }).click();

    await showRuns(workbench);
    await treeRow(page, /fix-failing-tests.*running · .* tokens · \$/).waitFor();
    await treeRow(page, /Find.*0 of 1/).waitFor();
    await treeRow(page, /Find.*1 of 1/).waitFor();
    await treeRow(page, /Fix.*\d of 6/).waitFor();
    await treeRow(page, /fix src\/ranges\.js.* tokens · \$/).waitFor();
    await expect
      .poll(() => statusText(page), { timeout: 20_000 })
      .toMatch(/^\d+ of 16 running · [\d.]+k tokens · \$0\.\d+$/);
    await picture('4-tree');

    const tab = page.locator('.tab').filter({ hasText: 'fix-failing-tests graph' });
    await pressRowAction(treeRow(page, 'fix-failing-tests'), 'Open Graph', tab);
    const live = await workbench.webview('fix-failing-tests');
    await live.locator('.react-flow__node .status-running').first().waitFor();
    await picture('5-graph-live');
    // Closed and opened again in the middle, it has missed nothing.
    await workbench.runCommand('View: Close Editor');
    await tab.waitFor({ state: 'detached' });
    await pressRowAction(treeRow(page, 'fix-failing-tests'), 'Open Graph', tab);
    const view = await workbench.webview('fix-failing-tests');

    const toast = page.locator('.notification-toast').filter({ hasText: 'fix-failing-tests has completed' }).first();
    await toast.waitFor({ timeout: 90_000 });
    // What did not land says why.
    const landings = (await record()).run.events.flatMap((event) => (event.type === 'change.landed' ? [event] : []));
    expect(landings.filter(({ landing }) => landing.status !== 'landed')).toEqual([]);
    expect(await toast.innerText()).toContain('6 of 7 fixed, 1 refused, 0 failed');
    await treeRow(page, /fix-failing-tests.*completed · /).waitFor();
    await treeRow(page, /Land.*6 landings/).waitFor();
    await expect.poll(() => statusText(page), { timeout: 20_000 }).toBe('');

    const { run, state } = await record();
    expect(run.status).toBe('completed');
    for (const node of graph(state).nodes) {
      if (node.type !== 'agent') continue;
      const card = view.locator(`.react-flow__node[data-id="${node.id}"]`);
      await card.locator(`.card.status-${node.status}`).waitFor({ state: 'attached' });
      expect(await card.innerText(), node.label).toContain(node.label.slice(0, 12));
    }
    expect(await view.locator('.react-flow__node[data-id^="agent:"]').count()).toBe(
      graph(state).nodes.filter(({ type }) => type === 'agent').length,
    );
    await picture('6-end');

    await pressToastButton(page, 'has completed', 'Review Changes');
    await pickRow(page, 'fix src/ranges.js').waitFor();
    await picture('7-changes');
    await pickRow(page, 'fix src/ranges.js').click();
    await page.locator('.tab').filter({ hasText: 'src/ranges.js (fix src/ranges.js)' }).waitFor();
    const known = state.changes.find(({ change }) => change.files.some(({ path }) => path === 'src/ranges.js'));
    if (!known) throw new Error('No change of src/ranges.js in the record');
    const { base, commit } = known.change;
    for (const [side, at] of [
      ['original', base],
      ['modified', commit],
    ] as const) {
      const text = await runGit(folder, ['show', `${at}:src/ranges.js`]);
      await expect
        .poll(async () => headOf(await diffText(page, side)), { message: side, timeout: 20_000 })
        .toBe(headOf(text));
    }
    const [refuted] = known.refuted;
    if (!refuted) throw new Error('No refuted finding in the record');
    // It is folded: the skeptics refuted it. A click on its mark opens it.
    await page.locator('.editor.modified .comment-range-glyph.comment-thread').first().click();
    const thread = page.locator('.review-widget').filter({ hasText: refuted.title });
    await thread.waitFor();
    const shown = await thread.innerText();
    expect(shown).toContain('major · 0 upheld, 3 refuted');
    for (const reason of refuted.reasons) expect(shown).toContain(reason.slice(0, 20).replaceAll('`', ''));
    await picture('8-diff-thread');
  });
});

/** As many lines as the editor has room for while the comments are open below it. */
function headOf(text: string): string {
  return text.split('\n').slice(0, 20).join('\n');
}
