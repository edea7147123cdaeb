import type { Brain } from '../brain.ts';
import type { Reply } from '../reply.ts';
import type { RequestView } from '../view.ts';
import { hasCalled, resultsOf, workingDirectory } from './conversation.ts';
import type { Repair } from './repairs.ts';
import { repairOf } from './repairs.ts';
import { readTestRun } from './testRun.ts';

/** Reads the module and its tests, makes the one edit it knows, runs the tests and says what it did. */
export const author: Brain = (view) => {
  // A reviewer is told the author's task too.
  if (!view.system.includes('You are the author')) return undefined;
  const task = /Make the failing tests in (\S+) pass by mending the code they test, most likely (\S+)\.$/m.exec(
    view.prompt,
  );
  const [, tests, module] = task ?? [];
  const command = /Run `(.+)` before you end/.exec(view.prompt)?.[1];
  if (tests === undefined || module === undefined || command === undefined) return undefined;
  const repair = repairOf(module);
  if (repair === undefined) return undefined;
  return nextStep(view, repair, tests, command);
};

function nextStep(view: RequestView, repair: Repair, tests: string, command: string): Reply {
  const { module, find, replace } = repair;
  if (!hasCalled(view, 'Read')) {
    const tools = [module, tests].map((path) => ({ name: 'Read', input: { path } }));
    return { text: 'I read the module and its tests first.', tools };
  }
  if (!hasCalled(view, 'Edit')) {
    const unread = resultsOf(view, 'Read').find((result) => result.isError);
    if (unread) return { text: `I changed nothing, because I could not read what I need: ${unread.content}` };
    return { text: 'Found it.', tools: [{ name: 'Edit', input: { path: module, oldText: find, newText: replace } }] };
  }
  const refused = resultsOf(view, 'Edit').find((result) => result.isError);
  if (refused)
    return { text: `I changed nothing: the edit of ${module} that I know was not taken. ${refused.content}` };
  if (!hasCalled(view, 'Bash')) {
    return { tools: [{ name: 'Bash', input: { command, description: `Run the tests of ${module}` } }] };
  }
  return conclude(view, repair);
}

function conclude(view: RequestView, repair: Repair): Reply {
  const result = resultsOf(view, 'Bash').at(-1);
  const run = readTestRun(result?.content ?? '', workingDirectory(view));
  // Asked once more after it had ended: its tests fail all the same.
  if (view.results.length === 0) return { text: `I know no other way to mend ${repair.module}.` };
  if (run === undefined) return { text: `${repair.summary} (its tests did not run)` };
  if (run.failed > 0) return { text: `${repair.summary} (${run.failed} tests still fail)` };
  return { text: repair.summary };
}
