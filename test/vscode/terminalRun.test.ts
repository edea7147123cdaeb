import { expect, test } from 'vitest';
import type { Brain } from '../../src/node/simulator/simulator.ts';
import { withDesk } from '../cli/dwf.ts';
import { runGit } from '../support/gitRepository.ts';
import { withWindow } from '../support/vscodeHost/withWindow.ts';
import { HeldAnswers } from './heldAnswers.ts';
import { diffText, pressRowAction, showRuns, statusText, treeRow } from './steps.ts';

const WORKFLOW = `
export const meta = { name: 'greet', description: 'Writes.', phases: [{ title: 'Write' }, { title: 'Read' }] };
phase('Write');
const made = await change('Write the greeting.', { label: 'greeting' });
phase('Read');
await agent('Read the greeting.', { label: 'reader' });
return { message: made.files.map(({ path }) => path).join() };
`.trimStart();

const writer: Brain = (view) => {
  if (!view.prompt.includes('Write the greeting')) return { text: 'Read.' };
  if (view.turn > 0) return { text: 'Wrote it.' };
  return { tools: [{ name: 'Write', input: { path: 'greeting.txt', content: 'Hello\nAda\n' } }] };
};

test('a run of the terminal is in the list while it goes on, and its change opens as a diff', async () => {
  const held = new HeldAnswers('Write the greeting', 'Read the greeting');
  const files = { '.claude/workflows/greet.js': WORKFLOW };
  const model = { rules: [held.brain, writer] };
  await withWindow({ name: 'terminal-run', files, model }, ({ workbench, folder, home, simulator, picture, record }) =>
    withDesk(({ start }) =>
      held.during(async () => {
        const { page } = workbench;
        await showRuns(workbench);
        const flags = ['--base-url', simulator.url, '--permission-mode', 'acceptEdits', '--yes'];
        const dwf = start(['run', 'greet', ...flags], { cwd: folder, env: { DYNAMIC_WORKFLOWS_HOME: home } });

        const run = treeRow(page, /greet.*running/);
        await run.waitFor();
        await expect.poll(() => statusText(page), { timeout: 20_000 }).toMatch(/^1 of \d+ running/);
        await run.click();
        await treeRow(page, /Write.*0 of 1/).click();
        await treeRow(page, 'greeting').waitFor();
        await picture('1-running');

        held.letGo('Write the greeting');
        await treeRow(page, /Write.*1 of 1/).waitFor();
        await treeRow(page, /Read.*0 of 1/).waitFor();
        // The change is there as soon as it is committed, while the run goes on.
        const tab = page.locator('.tab').filter({ hasText: 'greeting.txt (greeting)' });
        await pressRowAction(treeRow(page, 'greeting'), 'Open Change', tab);
        await expect.poll(() => diffText(page, 'modified'), { timeout: 20_000 }).toBe('Hello\nAda');
        expect(await diffText(page, 'original')).toBe('');
        await picture('2-diff');

        held.letGo('Read the greeting');
        expect(await dwf.ended).toMatchObject({ code: 0 });
        await treeRow(page, /greet.*completed/).waitFor();
        await expect.poll(() => statusText(page), { timeout: 20_000 }).toBe('');
        await picture('3-end');
        const { state } = await record();
        const [made] = state.changes;
        if (!made) throw new Error('No change in the record');
        expect(await runGit(folder, ['show', `${made.change.commit}:greeting.txt`])).toBe('Hello\nAda');
      }),
    ),
  );
});
