import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { eventsOf, queued, runStarted, started } from '../../src/projection/runLog.fake.ts';
import { fileRunStore } from '../../src/node/runStore.ts';
import { completed, manifestFor } from '../../src/workflow/runStore.contract.ts';
import { script, withDesk, type Desk } from './dwf.ts';

const WORKFLOW = script("return { answer: await agent('say it'), long: 'x'.repeat(5000) };");

async function runOnce(desk: Desk): Promise<string> {
  const file = await desk.write('workflow.js', WORKFLOW);
  const ended = await desk.dwf(['run', file, '--simulate', '--json']);
  return (JSON.parse(ended.stdout) as { runId: string }).runId;
}
const listed = async (desk: Desk, env: Readonly<Record<string, string>> = {}): Promise<readonly string[]> =>
  (JSON.parse((await desk.dwf(['runs', '--json'], { env })).stdout) as { runId: string }[]).map(({ runId }) => runId);

describe('runs that are kept', () => {
  test('W40 W23 the object of a run has its census and the path of its whole result', () =>
    withDesk(async (desk) => {
      const file = await desk.write('workflow.js', WORKFLOW);
      const ended = await desk.dwf(['run', file, '--simulate', '--json']);
      expect(JSON.parse(ended.stdout)).toMatchObject({
        status: 'completed',
        census: { agents: { done: 1, fromJournal: 0, null: {}, threw: 0, abandoned: 0 } },
        resultPath: expect.stringMatching(/result\.json$/) as string,
      });
      const said = await desk.dwf(['run', file, '--simulate']);
      expect(said.stdout).toMatch(/… First 2000 of \d+ characters; all of it: \/.*result\.json\n/);
      expect(said.stdout).toContain('Census  1 agent: 1 done');
    }));

  test('export and import: the run is shown elsewhere as it was', () =>
    withDesk(async (desk) => {
      const runId = await runOnce(desk);
      const file = `${desk.folder}/one.dwf-run`;
      expect((await desk.dwf(['export', runId, '--output', file])).stdout).toContain(
        `Bring it in with: dwf import ${file}`,
      );
      const again = await desk.dwf(['import', file]);
      expect([again.code, again.stderr]).toEqual([2, expect.stringContaining('is here already')]);
      const env = { DYNAMIC_WORKFLOWS_HOME: `${desk.folder}/elsewhere` };
      expect((await desk.dwf(['import', file], { env })).stdout).toContain(`${runId} is here`);
      expect(await listed(desk, env)).toEqual([runId]);
      const [here, there] = [await desk.dwf(['show', runId]), await desk.dwf(['show', runId], { env })];
      expect(there.stdout).toBe(here.stdout.replaceAll(`${desk.folder}/home/`, `${desk.folder}/elsewhere/`));
      expect((await desk.dwf(['show', runId, '--agent', 'a1'], { env })).stdout).toContain('say it');
      const resumed = await desk.dwf(['resume', runId, '--json'], { env });
      expect(JSON.parse(resumed.stdout)).toMatchObject({
        status: 'completed',
        census: { agents: { done: 1, fromJournal: 1 } },
      });
    }));

  test('X03 a run keeps the rule by which its changes land, until a resume names another', () =>
    withDesk(async (desk) => {
      const file = await desk.write('workflow.js', WORKFLOW);
      const ended = await desk.dwf(['run', file, '--simulate', '--land-unreviewed', '--json']);
      const { runId, resultPath } = JSON.parse(ended.stdout) as { runId: string; resultPath: string };
      const rule = async (): Promise<unknown> => {
        const manifest: unknown = JSON.parse(await readFile(join(dirname(resultPath), 'run.json'), 'utf8'));
        return (manifest as { requireReview?: boolean }).requireReview;
      };
      expect(await rule()).toBe(false);
      await desk.dwf(['resume', runId, '--json']);
      expect(await rule()).toBe(false);
      await desk.dwf(['resume', runId, '--require-review', '--json']);
      expect(await rule()).toBe(true);
      await desk.dwf(['resume', runId, '--land-unreviewed', '--json']);
      expect(await rule()).toBe(false);
    }));

  test('W44 a run whose repository cannot be read is kept, with the reason and the way out', () =>
    withDesk(async (desk) => {
      const cwd = `${desk.folder}/unmounted`;
      const run = await fileRunStore(`${desk.folder}/home`).create(manifestFor('run-1', cwd), 'return 1;');
      run.appendEvents(eventsOf([runStarted(), queued('a1', null), started('a1')]));
      await run.finish(completed);
      await run.close();
      const why = `its changes may be in ${cwd}, which cannot be read now: The folder ${cwd} does not exist`;
      const forecast = await desk.dwf(['runs', 'prune', '--all', '--dry-run']);
      expect(forecast.stdout).toBe(`run-1 stays: ${why}\n0 runs would go, 0 B.\n`);
      const pruned = await desk.dwf(['runs', 'prune', '--all', '--yes']);
      expect(pruned.stdout).toBe(`run-1: kept, ${why}. Delete it all the same: dwf runs rm run-1 --force\n`);
      expect(await listed(desk)).toEqual(['run-1']);
      expect((await desk.dwf(['runs', 'rm', 'run-1', '--force'])).stdout).toContain('run-1: deleted');
      expect(await listed(desk)).toEqual([]);
    }));
});
