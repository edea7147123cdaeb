import type { JsonObject } from '../../../protocol/json.ts';
import type { Brain } from '../brain.ts';
import type { Reply } from '../reply.ts';
import type { RequestView } from '../view.ts';
import { fileText, hasCalled, resultsOf, workingDirectory } from './conversation.ts';
import type { TestFailure, TestRun } from './testRun.ts';
import { readTestRun } from './testRun.ts';

const PROBLEM_CHARS = 600;

/** Runs the suite, reads the bug reports, and lists what it saw. */
export const finder: Brain = (view) => {
  if (!view.prompt.includes('Find out what fails here.')) return undefined;
  const command = /Run the test suite: `(.+)`/.exec(view.prompt)?.[1];
  if (command === undefined) return undefined;
  if (!hasCalled(view, 'Bash')) return startFinding(view, command);
  const reports = reportsSeen(view);
  const { run, output } = suiteSeen(view);
  if (run === undefined) {
    return { structured: { problem: output.slice(0, PROBLEM_CHARS), passed: 0, failed: 0, failures: [], reports } };
  }
  const failures = run.failures.map(describe);
  return { structured: { problem: '', passed: run.passed, failed: run.failed, failures, reports } };
};

/** Runs the suite on the finished branch and answers with its totals. */
export const verifier: Brain = (view) => {
  const command = /Run the whole test suite: `(.+)`\. Change nothing/.exec(view.prompt)?.[1];
  if (command === undefined) return undefined;
  if (!hasCalled(view, 'Bash')) return runs(command, 'Run the whole suite');
  const { run, output } = suiteSeen(view);
  // Nothing ran, so that nothing has passed either.
  if (run === undefined) return { structured: { passed: 0, failed: 1, output: output.slice(0, PROBLEM_CHARS) } };
  return { structured: { passed: run.passed, failed: run.failed, output: run.summary } };
};

function startFinding(view: RequestView, command: string): Reply {
  const reply = runs(command, 'Run the test suite');
  const reports = reportsPath(view);
  if (reports === undefined) return reply;
  return { ...reply, tools: [...(reply.tools ?? []), { name: 'Read', input: { path: reports } }] };
}

function runs(command: string, description: string): Reply {
  return { text: `${description} first.`, tools: [{ name: 'Bash', input: { command, description } }] };
}

function suiteSeen(view: RequestView): { run: TestRun | undefined; output: string } {
  const output = resultsOf(view, 'Bash').at(-1)?.content ?? '';
  return { run: readTestRun(output, workingDirectory(view)), output };
}

function describe({ name, file, message }: TestFailure): JsonObject {
  const module = file.replace(/^test\//, 'src/').replace('.test.', '.');
  return { test: name, file, module, message, command: testsOf(file) };
}

function testsOf(file: string): string {
  return `node --test ${file}`;
}

function reportsPath(view: RequestView): string | undefined {
  return /Read the bug reports in `(.+)` and list them/.exec(view.prompt)?.[1];
}

function reportsSeen(view: RequestView): JsonObject[] {
  if (reportsPath(view) === undefined) {
    return [...view.prompt.matchAll(/<report>\n([^]*?)\n<\/report>/g)].map(([, text = '']) => {
      return report(text.split('\n', 1)[0] ?? '', text);
    });
  }
  const read = resultsOf(view, 'Read').at(-1);
  if (read === undefined || read.isError) return [];
  const [, ...sections] = fileText(read.content).split(/^## /m);
  return sections.map((section) => {
    const [title = '', ...rest] = section.split('\n');
    return report(title, rest.join('\n'));
  });
}

function report(title: string, text: string): JsonObject {
  const module = /\bsrc\/[\w./-]+\.js\b/.exec(text)?.[0] ?? '';
  const quoted = text.split('\n').filter((line) => line.startsWith('> '));
  const claim = quoted.length > 0 ? quoted.map((line) => line.slice(2)).join('\n') : text.trim();
  const command = testsOf(module.replace(/^src\//, 'test/').replace(/\.js$/, '.test.js'));
  return { title: title.trim(), module, claim, command };
}
