import { expect, test } from 'vitest';
import { demoBrain } from '../../src/node/simulator/demo/demoBrain.ts';
import { allAgents } from '../../src/projection/agentTable.ts';
import { withWindow } from '../support/vscodeHost/withWindow.ts';
import { pickRow, pressToastButton, showRuns, startWorkflow, treeRow } from './steps.ts';

test('a run that a reload cut short is offered to go on, and asks no finished agent again', async () => {
  const model = { rules: [demoBrain], latencyMs: [300, 700] as const };
  await withWindow({ name: 'reload', model }, async ({ workbench, simulator, picture, record }) => {
    const { page } = workbench;
    await startWorkflow(workbench, 'fix-failing-tests', '');
    await showRuns(workbench);
    await treeRow(page, /Find.*1 of 1/).waitFor();
    await workbench.runCommand('Workflows: Open Graph');
    await pickRow(page, 'fix-failing-tests').click();
    await (await workbench.webview('fix-failing-tests')).locator('.card.status-done').first().waitFor();
    await workbench.runCommand('Developer: Reload Window');

    const offer = page.locator('.notification-toast').filter({ hasText: 'was cut short when the window closed' });
    await offer.first().waitFor({ timeout: 60_000 });
    const cut = await record();
    expect(cut.run.end).toMatchObject({ status: 'stopped', reason: 'closed' });
    const finished = allAgents(cut.state.agents).filter(({ status }) => status === 'done');
    expect(finished.length).toBeGreaterThan(0);
    const askedBefore = simulator.count;
    // The graph is back, with what the run was when it was cut.
    const view = await workbench.webview('fix-failing-tests');
    await view.locator('.card.status-done').first().waitFor();
    await picture('1-offer');

    await pressToastButton(page, 'was cut short', 'Go On');
    await page.locator('.notification-toast').filter({ hasText: 'has completed' }).first().waitFor({ timeout: 90_000 });
    await picture('2-end');
    const { run, state } = await record();
    expect(run.status).toBe('completed');
    const again = run.events.filter(
      (event) =>
        event.type === 'agent.replied' && event.seq > cut.state.seq && finished.some(({ id }) => id === event.agentId),
    );
    expect(again).toEqual([]);
    expect(
      allAgents(state.agents)
        .filter(({ fromJournal }) => fromJournal)
        .map(({ id }) => id)
        .sort(),
    ).toEqual(expect.arrayContaining(finished.filter(({ kind }) => kind === 'agent').map(({ id }) => id)));
    expect(simulator.count).toBeGreaterThan(askedBefore);
    // The page that was drawn after the reload has followed the run to its end.
    await view.locator('.status-running').first().waitFor({ state: 'detached' });
    await view.getByText('Completed').first().waitFor();
  });
});
