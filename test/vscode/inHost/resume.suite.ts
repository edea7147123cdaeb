import assert from 'node:assert/strict';
import { suite, test } from 'mocha';
import * as vscode from 'vscode';
import type { Launching } from '../../../src/host/launching.ts';
import { resumeWithPreview } from '../../../src/host/resume.ts';
import type { RunEnd } from '../../../src/protocol/run.ts';
import type { ResumeRequest } from '../../../src/workflow/runtime.ts';
import { watching } from './watching.ts';
import { withHub, writeRun } from './writtenRun.ts';

const stopped = (reason: 'budget' | 'person'): RunEnd => ({
  ...{ status: 'stopped', reason, message: 'Stopped.' },
  ...{ result: null, failures: [] },
});

/** Resumes a run with such caps and such an end, and gives the caps that the engine was asked for and what was prefilled. */
async function resumed(end: RunEnd, typed: string | undefined) {
  const asked: ResumeRequest[] = [];
  const prefilled: (string | undefined)[] = [];
  const problems: unknown[] = [];
  await withHub(async ({ hub, home, cwd }) => {
    const run = await writeRun({ home, cwd, runId: 'capped' });
    await run.tell({ type: 'run.changed', concurrency: 4, caps: { outputTokens: 20_000, agents: 7 } });
    await run.finish(end);
    await hub.look();
    const engine = {
      previewResume: async () => ({
        ...{ kind: 'ready', workflowName: 'capped', finishedCalls: 1, knownCalls: 2 },
        ...{ staleCalls: [], warnings: [] },
      }),
      resume: async (request: ResumeRequest) => {
        asked.push(request);
        return { status: 'refused', reason: 'busy', errors: ['It is only asked here.'] };
      },
    };
    const deps = {
      hub,
      engines: { engineFor: async () => engine },
      models: { sourceOf: async () => ({ kind: 'simulated', rulesText: null }) },
    } as unknown as Launching;
    const type = () => async (options?: vscode.InputBoxOptions) => {
      prefilled.push(options?.value);
      problems.push(await options?.validateInput?.('plenty'), await options?.validateInput?.(typed ?? ''));
      return typed;
    };
    const press = () => (async () => 'Resume') as unknown as typeof vscode.window.showInformationMessage;
    const unseen = () => (async () => undefined) as typeof vscode.window.showErrorMessage;
    await watching(vscode.window, 'showInputBox', type, () =>
      watching(vscode.window, 'showInformationMessage', press, () =>
        watching(vscode.window, 'showErrorMessage', unseen, () => resumeWithPreview(deps, 'capped')),
      ),
    );
  });
  return { caps: asked.map(({ caps }) => caps), prefilled, problems };
}

export function resumeSuite(): void {
  suite('W35 a resume of a run that a cap stopped', () => {
    test('W35 asks for higher caps, with those that stopped it filled in', async () => {
      const { caps, prefilled, problems } = await resumed(stopped('budget'), '500k, $5, 9 agents');
      assert.deepEqual(prefilled, ['20k tokens, 7 agents']);
      assert.match(String(problems[0]), /^Caps such as 500k/);
      assert.equal(problems[1], undefined);
      assert.deepEqual(caps, [{ outputTokens: 500_000, usd: 5, agents: 9 }]);
    });

    test('W35 empty keeps them; giving up starts nothing', async () => {
      assert.deepEqual((await resumed(stopped('budget'), '')).caps, [{}]);
      assert.deepEqual((await resumed(stopped('budget'), undefined)).caps, []);
    });

    test('W35 a run that ended otherwise goes on without that question, within the caps that it had', async () => {
      const { caps, prefilled } = await resumed(stopped('person'), undefined);
      assert.deepEqual(prefilled, []);
      assert.deepEqual(caps, [undefined]);
    });
  });
}
