import { expect, test } from 'vitest';
import { allAgents } from '../../src/projection/agentTable.ts';
import type { Brain } from '../../src/node/simulator/simulator.ts';
import { withWindow } from '../support/vscodeHost/withWindow.ts';
import { HeldAnswers } from './heldAnswers.ts';
import { pressRowAction, pressToastButton, showRuns, startWorkflow, treeRow } from './steps.ts';

const WORKFLOW = `export const meta = { name: 'three', description: 'Asks three agents.', phases: [{ title: 'Count' }] };
phase('Count');
const who = await ask('Who counts?', { choices: ['Ada', 'Eve'] });
const said = await parallel(['one', 'two', 'three'].map((word) => () => agent('Say ' + word + '.', { label: word })));
return { message: who + ' says ' + said.join(', ') + '.' };
`;

test('W41 W43 a run goes on by itself after a reload; before a resume it is said what comes from the journal', async () => {
  const asked: Record<string, number> = {};
  const wordOf = (prompt: string): string => /Say (\w+)\./.exec(prompt)?.[1] ?? '';
  const counting: Brain = ({ prompt }) => {
    asked[wordOf(prompt)] = (asked[wordOf(prompt)] ?? 0) + 1;
    return undefined;
  };
  const held = new HeldAnswers('Say three.');
  const model = { rules: [counting, held.brain, ({ prompt }) => ({ text: wordOf(prompt) })] satisfies Brain[] };
  const files = { '.claude/workflows/three.js': WORKFLOW };
  const settings = { 'dynamicWorkflows.resumeAfterReload': 'always' };
  await withWindow({ name: 'resume', files, model, settings }, ({ workbench, simulator, picture, record }) =>
    held.during(async () => {
      const { page } = workbench;
      const row = treeRow(page, 'three');
      const modal = page.locator('.monaco-dialog-box');
      const resume = async (): Promise<string> => {
        await pressRowAction(row, 'Resume Run', modal);
        return modal.innerText();
      };
      const confirm = async (): Promise<void> => {
        await modal.locator('.monaco-button').filter({ hasText: 'Resume' }).click();
        await modal.waitFor({ state: 'detached' });
      };
      await startWorkflow(workbench, 'three');
      await pressToastButton(page, 'three asks: Who counts?', 'Ada');
      await showRuns(workbench);
      await treeRow(page, /Count.*2 of 3/).waitFor();
      expect(asked).toEqual({ one: 1, two: 1, three: 1 });

      await workbench.runCommand('Developer: Reload Window');
      await expect.poll(() => asked, { timeout: 60_000 }).toEqual({ one: 1, two: 1, three: 2 });
      await treeRow(page, /three.*running/).waitFor();
      await treeRow(page, /Count.*2 of 3/).waitFor();
      const { state } = await record();
      const now = allAgents(state.agents).filter(({ attempt }) => attempt === state.attempt);
      expect(now.map(({ label, fromJournal }) => [label, fromJournal])).toEqual([
        ['one', true],
        ['two', true],
        ['three', false],
      ]);
      // Neither whether to go on, nor what the person has answered already.
      expect(await page.locator('.notification-toast').allInnerTexts()).toEqual([]);

      await pressRowAction(row, 'Stop Run', treeRow(page, /three.*stopped by request · /));
      await treeRow(page, /Count.*2 of 3/).waitFor();
      await treeRow(page, /three.*interrupted/).waitFor();
      await picture('1-stopped');
      expect(await resume()).toContain(
        '3 of 4 calls come from the journal and cost nothing; the other one, and what follows from it, will run.',
      );
      await picture('2-modal');
      expect(asked).toEqual({ one: 1, two: 1, three: 2 });
      await confirm();
      held.letGo('Say three.');
      await workbench.toast('three has completed. Ada says one, two, three.');
      expect(asked).toEqual({ one: 1, two: 1, three: 3 });

      const before = simulator.count;
      await treeRow(page, /three.*completed · /).waitFor();
      expect(await resume()).toContain('4 of 4 calls come from the journal and cost nothing');
      await confirm();
      await expect
        .poll(async () => [(await record()).state.attempt, (await record()).run.status], { timeout: 20_000 })
        .toEqual([4, 'completed']);
      expect(simulator.count).toBe(before);
    }),
  );
});
