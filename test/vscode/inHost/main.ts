import { writeFileSync } from 'node:fs';
import Mocha from 'mocha';
import type { InHostReport } from '../../support/vscodeHost/inHostTests.ts';
import { changeContentSuite } from './changeContent.suite.ts';
import { contributionsSuite } from './contributions.suite.ts';
import { editorIntelligenceSuite } from './editorIntelligence.suite.ts';
import { inboxPromptsSuite } from './inboxPrompts.suite.ts';
import { languageModelSuite } from './languageModel.suite.ts';
import { openChangeSuite } from './openChange.suite.ts';
import { resumeSuite } from './resume.suite.ts';
import { reviewCommentsSuite } from './reviewComments.suite.ts';
import { runControlSuite } from './runControl.suite.ts';
import { runTreeSuite } from './runTree.suite.ts';
import { settingsSuite } from './settings.suite.ts';
import { stage } from './stage.ts';
import { statusBarSuite } from './statusBar.suite.ts';
import { transcriptsSuite } from './transcripts.suite.ts';

const suites = [
  contributionsSuite,
  settingsSuite,
  runTreeSuite,
  runControlSuite,
  resumeSuite,
  statusBarSuite,
  inboxPromptsSuite,
  changeContentSuite,
  openChangeSuite,
  reviewCommentsSuite,
  transcriptsSuite,
  languageModelSuite,
  editorIntelligenceSuite,
];

/** What an extension host calls: `extensionTestsPath` names the bundle of this file. Rejects when a test has failed. */
export async function run(): Promise<void> {
  const mocha = new Mocha({ ui: 'tdd', timeout: 20_000, reporter: 'spec', color: false });
  // What Mocha does before it loads a file; our suites are in this one, as functions.
  mocha.suite.emit('pre-require', globalThis, '', mocha);
  for (const suite of suites) suite();
  const results: InHostReport['results'] = [];
  const write = (ended: boolean): void => {
    writeFileSync(stage().report, JSON.stringify({ ended, results } satisfies InHostReport));
  };
  const failures = await new Promise<number>((resolve) => {
    const runner = mocha.run(resolve);
    runner.on('pass', (test) => note(test, 'passed', null));
    runner.on('pending', (test) => note(test, 'pending', null));
    // A failing hook comes here as well, and takes the tests of its suite with it.
    runner.on('fail', (test, error: unknown) => note(test, 'failed', textOf(error)));

    function note(test: Mocha.Runnable, state: InHostReport['results'][number]['state'], error: string | null): void {
      results.push({ title: test.titlePath().join(' › '), state, ms: test.duration ?? 0, error });
      write(false);
    }
  });
  write(true);
  if (failures > 0) throw new Error(`${failures} of ${results.length} tests failed.`);
}

function textOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
