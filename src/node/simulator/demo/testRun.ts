/** A test that failed, as `node --test` tells it. */
export interface TestFailure {
  readonly name: string;
  /** Path of the test file, relative to the project where it lies inside. */
  readonly file: string;
  readonly message: string;
}

export interface TestRun {
  readonly passed: number;
  readonly failed: number;
  readonly failures: readonly TestFailure[];
  /** The lines with the totals. */
  readonly summary: string;
}

const MESSAGE_LINES = 8;

/**
 * Reads the output of `node --test`, from the spec reporter (Node 23 and later) and from TAP (before, outside of a
 * terminal). Undefined when there are no totals: then no tests ran. `root` is the folder the command ran in.
 */
export function readTestRun(output: string, root: string): TestRun | undefined {
  const totals = output.split('\n').filter((line) => /^(?:#|ℹ) (?:tests|pass|fail) \d+\s*$/.test(line));
  const passed = total(totals, 'pass');
  const failed = total(totals, 'fail');
  if (passed === undefined || failed === undefined) return undefined;
  const isTap = totals.some((line) => line.startsWith('#'));
  const failures = (isTap ? tapFailures(output) : specFailures(output)).map((failure) => ({
    ...failure,
    file: relativePath(failure.file, root),
  }));
  return { passed, failed, failures, summary: totals.join('\n') };
}

function total(totals: readonly string[], word: string): number | undefined {
  const line = totals.find((one) => one.includes(` ${word} `));
  return line === undefined ? undefined : Number(/\d+/.exec(line)?.[0]);
}

/** The list at the end: `test at FILE:LINE:COLUMN`, then `✖ NAME (TIMEms)`, then the error with its stack. */
function specFailures(output: string): TestFailure[] {
  const list = output.slice(output.lastIndexOf('failing tests:'));
  return [...list.matchAll(/^test at (.+):\d+:\d+\n✖ (.+?) \([\d.]+ms\)\n([^]*?)(?=^test at |$(?![^]))/gm)].map(
    ([, file = '', name = '', error = '']) => ({ name, file, message: message(error) }),
  );
}

/** `not ok N - NAME`, then a block of YAML. */
function tapFailures(output: string): TestFailure[] {
  return [...output.matchAll(/^ *not ok \d+ - (.+)\n *---\n([^]*?)^ *\.\.\.$/gm)].flatMap(
    ([, name = '', yaml = '']) => {
      // A test that failed only because one inside it did.
      if (yaml.includes("failureType: 'subtestsFailed'")) return [];
      const file = /^ *location: '(.+):\d+:\d+'$/m.exec(yaml)?.[1] ?? '';
      const block = /^ *error: \|-\n([^]*?)^ *code: /m.exec(yaml)?.[1];
      const error = block ?? /^ *error: '(.*)'$/m.exec(yaml)?.[1] ?? '';
      return [{ name: name.replaceAll('\\#', '#'), file, message: message(error) }];
    },
  );
}

/** The head of an error, without its stack and what Node appends. */
function message(error: string): string {
  const lines = error.split('\n').map((line) => line.trim());
  const stack = lines.findIndex((line) => line.startsWith('at '));
  const told = (stack < 0 ? lines : lines.slice(0, stack)).filter((line) => line !== '');
  return told
    .slice(0, MESSAGE_LINES)
    .join('\n')
    .replace(/^AssertionError \[ERR_ASSERTION\]: /, '');
}

function relativePath(path: string, root: string): string {
  const plain = path.replace(/^file:\/\//, '').replaceAll('\\\\', '\\');
  return plain.startsWith(`${root}/`) ? plain.slice(root.length + 1) : plain;
}
