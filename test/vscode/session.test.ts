import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Brain } from '../../src/node/simulator/simulator.ts';
import { withDesk } from '../cli/dwf.ts';
import { withWindow } from '../support/vscodeHost/withWindow.ts';
import { HeldAnswers } from './heldAnswers.ts';
import { LOOK, looks } from './lookingModel.ts';
import { pickRow } from './steps.ts';

const LIMITS = { 'dynamicWorkflows.concurrency': 3, 'dynamicWorkflows.maxAgents': 7 };

test('W40 a person says something in the view, has a workflow started, sees its card and its end, and all of it after a reload', async () => {
  await withWindow({ name: 'session', model: { rules: [looks] }, settings: LIMITS }, async (window) => {
    const { workbench, folder, home, simulator, picture, record } = window;
    await workbench.runCommand('Workflows: Show Session');
    const view = await workbench.webview('What is to be done?');
    const box = view.getByRole('textbox', { name: 'What is to be done' });
    await box.fill('hello there');
    await box.press('Enter');
    await view.getByText('You said: hello there').waitFor();

    // Said plainly the word asks for nothing.
    await box.pressSequentially('what is a workflow');
    await view.locator('.composer mark').getByText('workflow').waitFor();
    await box.press('Backspace');
    await box.press('Enter');
    await view.getByText('You said: what is a workflow').waitFor();

    await box.fill('use a workflow to look at both');
    await picture('1-keyword');
    await box.press('Enter');
    await view.getByText('Start look?').waitFor();
    // As a run from the palette: what the person has set holds for it.
    await view.locator('.launch-facts').getByText('at most 3 agents at once').waitFor();
    await view.locator('.launch-facts').getByText('7 agents').waitFor();
    await picture('2-launch');
    await view.getByRole('button', { name: 'Show script' }).click();
    await workbench.page.locator('.monaco-editor').getByText('Looks at two parts.').first().waitFor();
    await view.getByRole('button', { name: 'Start', exact: true }).click();
    const card = view.locator('.run-card');
    await card.getByText('Looking at both').waitFor();
    await view.locator('.markdown strong').getByText('looked at').waitFor();
    await card.getByText('Completed · 2 of 2 agents').waitFor();
    await picture('3-end');
    expect((await record()).state.head).toMatchObject({ concurrency: 3, caps: { agents: 7 } });
    await view.locator('.tool').first().locator('summary').click();
    await view.locator('.tool pre').getByText("name: 'look'").waitFor();

    await view.getByRole('button', { name: 'Save as workflow…' }).click();
    await pickRow(workbench.page, 'This project').click();
    await workbench.page.locator('.quick-input-title').filter({ hasText: 'Save as a workflow' }).waitFor();
    await picture('4-save');
    await workbench.page.keyboard.press('Enter');
    await workbench.toast('Saved as look.');
    expect(readFileSync(join(folder, '.claude/workflows/look.js'), 'utf8')).toBe(LOOK);

    await card.click();
    await workbench.webview('2 done');

    await workbench.page.reload();
    await workbench.runCommand('Workflows: Show Session');
    const again = await workbench.webview('You said: hello there');
    await again.locator('.run-card').getByText('Completed · 2 of 2 agents').waitFor();
    // Nobody has it now; what a terminal says to it is shown all the same.
    const [flags, env] = [['--base-url', simulator.url], { DYNAMIC_WORKFLOWS_HOME: home }];
    const ended = withDesk(
      ({ start }) => start(['chat', '--continue', '-p', 'from a terminal', ...flags], { cwd: folder, env }).ended,
    );
    await again.getByText('You said: from a terminal').waitFor();
    expect(await ended).toMatchObject({ code: 0 });

    await workbench.runCommand('Workflows: New Session');
    await workbench.webview('What is to be done?');
    expect(await again.locator('.turn').count()).toBe(0);
    await workbench.runCommand('Workflows: Open Session…');
    await pickRow(workbench.page, 'hello there').click();
    await workbench.webview('You said: hello there');
  });
});

test('W41 the end of a run that goes on after a reload is told to the session that had started it', async () => {
  const held = new HeldAnswers('look at one');
  let asked = 0;
  const counting: Brain = ({ prompt }) => {
    if (prompt.endsWith('look at one')) asked += 1;
    return undefined;
  };
  const model = { rules: [counting, held.brain, looks] };
  const settings = { 'dynamicWorkflows.resumeAfterReload': 'always' };
  await withWindow({ name: 'session-reload', model, settings }, ({ workbench, picture }) =>
    held.during(async () => {
      await workbench.runCommand('Workflows: Show Session');
      const view = await workbench.webview('What is to be done?');
      const box = view.getByRole('textbox', { name: 'What is to be done' });
      await box.fill('use a workflow to look at both');
      await box.press('Enter');
      await view.getByRole('button', { name: 'Start', exact: true }).click();
      await view.getByText('It has begun.').waitFor();
      await expect.poll(() => asked).toBe(1);

      // As the editor does it: a page that is reloaded from outside may forget what was kept in the last seconds.
      await workbench.runCommand('Developer: Reload Window');
      // Nothing is said to the session, which hears of it all the same.
      await expect.poll(() => asked, { timeout: 60_000 }).toBe(2);
      held.letGo('look at one');
      await workbench.runCommand('Workflows: Show Session');
      const again = await workbench.webview('It has begun.');
      await again.locator('.markdown strong').getByText('looked at').waitFor({ timeout: 30_000 });
      await again.locator('.run-card').getByText('Completed · 2 of 2 agents').waitFor();
      await picture('1-end');
    }),
  );
});
