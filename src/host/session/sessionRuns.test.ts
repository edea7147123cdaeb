import { expect, test } from 'vitest';
import type { Engine } from '../../node/createEngine.ts';
import type { ModelSource } from '../../node/modelRecord.ts';
import type { LaunchResult } from '../../workflow/runtime.ts';
import type { RunChoices } from '../../workflow/session/outlook.ts';
import { sessionRuns } from './sessionRuns.ts';

const SOURCE: ModelSource = { kind: 'simulate' };
const REQUEST = { cwd: '/w', name: 'x', attended: true };

/** An engine of that name, which starts each run under its own name. */
function engine(name: string): Engine {
  const launched: LaunchResult = {
    ...{ status: 'started', runId: `run-of-${name}`, workflowName: 'x', scriptPath: '', runDir: '', warnings: [] },
  };
  return {
    launch: async () => launched,
    resume: async () => ({ status: 'refused', reason: 'busy', errors: [name] }) as const,
    finished: async (runId: string) => `${name} knows ${runId}`,
    outlook: { extras: async () => [`of ${name}`] },
  } as unknown as Engine;
}

test('a run starts in the engine of the settings as they are then, and is waited for there', async () => {
  const engines = [engine('first'), engine('second')];
  let at = 0;
  let choices: RunChoices = { caps: { agents: 3 } };
  const engineFor = async () => engines[at] as Engine;
  const runs = sessionRuns({ engineFor, choices: () => choices }, SOURCE);
  await runs.launch(REQUEST);
  at = 1;
  choices = { caps: { agents: 5 }, worktree: { setup: 'npm ci' } };
  await runs.launch(REQUEST);
  expect(runs.engineOf('run-of-first')).toBe(engines[0]);
  expect(runs.engineOf('run-of-second')).toBe(engines[1]);
  expect(await runs.finished('run-of-first')).toBe('first knows run-of-first');
  expect(runs.outlook.choices()).toEqual(choices);
  expect(await runs.outlook.extras('/w')).toEqual(['of second', 'Setup of each worktree: npm ci']);
});

test('what was refused is nobody’s run', async () => {
  const runs = sessionRuns({ engineFor: async () => engine('one'), choices: () => ({}) }, SOURCE);
  expect(await runs.resume({ runId: 'r', attended: true })).toMatchObject({ status: 'refused' });
  expect(runs.engineOf('r')).toBeUndefined();
  expect(await runs.outlook.extras('/w')).toEqual(['of one']);
});
