export const meta = {
  name: 'fix-failing-tests',
  description:
    'Mends what the tests catch: an author for each failing test file, skeptics for each fix, one branch at the end.',
  whenToUse:
    'The test suite fails, or users have reported bugs, and you want fixes that are tested, reviewed and on one branch.',
  phases: [
    { title: 'Find', detail: 'Run the tests, read the bug reports' },
    { title: 'Fix', detail: 'An author for each unit, in a worktree of its own' },
    { title: 'Review', detail: 'Skeptics doubt each bug report, and each finding on a fix' },
    { title: 'Land', detail: 'One fix after the other, tested on each merge' },
    { title: 'Verify', detail: 'The whole suite on the finished branch' },
  ],
  args: {
    type: 'object',
    additionalProperties: false,
    properties: {
      test: { type: 'string', default: 'npm test', description: 'The command that runs the whole test suite.' },
      reports: {
        anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }],
        default: 'BUG_REPORTS.md',
        description: 'A file with bug reports, or the reports themselves.',
      },
      maxFailures: { type: 'integer', minimum: 1, default: 50, description: 'How many units to work on in one run.' },
    },
  },
};

const { test = 'npm test', reports = 'BUG_REPORTS.md', maxFailures = 50 } = args ?? {};

// Each skeptic of a bug report looks from one side: three times the same look would see the same thing.
const SIDES = ['the documentation', 'the tests', 'the code and its callers'];

const text = { type: 'string' };
const count = { type: 'integer', minimum: 0 };

const FOUND = record({
  problem: { ...text, description: 'Why the tests could not run at all; empty when they ran, whatever came out.' },
  passed: count,
  failed: count,
  failures: listOf({
    test: { ...text, description: 'Full name of the failing test.' },
    file: { ...text, description: 'Path of the test file.' },
    module: { ...text, description: 'Path of the source file that the test is about.' },
    message: { ...text, description: 'What was expected and what came instead.' },
    command: { ...text, description: 'The command that runs this test file alone.' },
  }),
  reports: listOf({
    title: text,
    module: { ...text, description: 'Path of the source file that the report is about; empty when unknown.' },
    claim: { ...text, description: 'What the user reports, in their own words.' },
    command: { ...text, description: "The command that runs that module's tests alone." },
  }),
});
const DOUBT = record({ refuted: { type: 'boolean' }, reason: text });
const SUITE = record({ passed: count, failed: count, output: { ...text, description: 'The summary, as printed.' } });

const settled = new Map(); // unit id → how it ended
const landings = [];

phase('Find');
// In a worktree, as the authors later: what counts is the commit that they start from, not a dirty checkout.
const found = await agent(findPrompt(), { label: 'find failures', isolation: 'worktree', schema: FOUND });
if (!found) return result([], null, 'Nothing was looked at: the agent that runs the tests did not finish.');
if (found.problem) throw new Error(`The tests could not run: ${found.problem}`);

const units = unitsOf(found);
if (units.length === 0) return result([], null, `All ${found.passed} tests pass, no bug is reported: nothing to do.`);

const listed = found.failures.length;
log(
  `${some(listed, 'failing test')} and ${some(found.reports.length, 'bug report')} make ${some(units.length, 'unit')} of work.`,
);
if (listed < found.failed) log(`Only ${listed} of ${found.failed} failures are listed; Verify will show the rest.`);
for (const unit of units.slice(maxFailures)) {
  settle(unit, 'refused', { reason: `Left for another run: maxFailures is ${maxFailures}.` });
}

// No barrier: the first fix lands while others are still being written. A stage that settles its unit returns null,
// and the later stages skip that unit.
await pipeline(units.slice(0, maxFailures), doubt, fix, examine, deliver);

phase('Verify');
return result(units, await wholeSuite());

// ── Stages ───────────────────────────────────────────────────────────────────────────────────────────────────────────

// A failing test is a fact. A report is a claim, and must survive its skeptics before anybody acts on it.
async function doubt(unit) {
  if (unit.kind === 'test') return unit;
  const skeptics = SIDES.map((side) => () => {
    const label = `doubt from ${side}: ${unit.title}`;
    return agent(doubtPrompt(unit, side), { label, phase: 'Review', tools: ['Read', 'Glob', 'Grep'], schema: DOUBT });
  });
  const answers = await parallel(skeptics);
  const refuting = answers.filter((answer) => answer?.refuted);
  if (refuting.length * 2 <= SIDES.length) return unit;

  const abstained = answers.filter((answer) => !answer).length; // a skeptic that died has no say
  const votes = { upheld: answers.length - refuting.length - abstained, refuted: refuting.length, abstained };
  return settle(unit, 'refused', { reason: refuting.map((answer) => answer.reason).join(' '), votes });
}

async function fix(unit) {
  const fixed = await change(fixPrompt(unit), { label: `fix ${unit.file}`, phase: 'Fix', verify: unit.command });
  if (!fixed) return settle(unit, 'failed', { reason: 'No fix came of it; the failures of this run say why.' });
  if (fixed.files.length === 0) return settle(unit, 'refused', { reason: fixed.summary });
  return fixed;
}

async function examine(fixed, unit) {
  const { approved, findings } = await review(fixed, { phase: 'Review' });
  if (approved) return fixed;
  const objections = findings.map(({ severity, title }) => `${severity}: ${title}`).join('; ');
  const reason = objections || 'Its review did not finish.';
  return settle(unit, 'refused', { reason, findings, branch: fixed.branch });
}

async function deliver(fixed, unit) {
  // While other tests fail, only its own can tell a good merge from a bad one. Verify runs them all.
  const verify = found.failed === 0 ? test : unit.command;
  const landing = await land(fixed, { phase: 'Land', verify });
  const { branch } = fixed;
  switch (landing.status) {
    case 'landed':
      landings.push(landing);
      return settle(unit, 'fixed', { commit: landing.commit });
    case 'conflict':
      return settle(unit, 'failed', {
        reason: landing.log ?? `It conflicts in ${landing.conflicts.join(', ')}.`,
        branch,
      });
    case 'verify-failed':
      return settle(unit, 'failed', { reason: `\`${verify}\` fails on the merge:\n${landing.log}`, branch });
    default:
      return settle(unit, 'refused', { reason: `It did not land: ${landing.status}.`, branch });
  }
}

async function wholeSuite() {
  if (landings.length === 0) return null;
  const base = landings[0].branch; // its tip, whichever landing came last
  return agent(verifyPrompt(), { label: 'whole suite', phase: 'Verify', isolation: 'worktree', base, schema: SUITE });
}

// ── Units and how they end ───────────────────────────────────────────────────────────────────────────────────────────

// Failing tests of one file are one unit: two authors in the same module would only meet in a conflict.
function unitsOf({ failures, reports: claims }) {
  const byId = new Map();
  for (const failure of failures) {
    const { file: id, module: file, command } = failure;
    const unit = byId.get(id) ?? { kind: 'test', id, title: failure.test, file, command, failures: [] };
    if (unit.failures.length > 0) unit.title += `; ${failure.test}`;
    unit.failures.push(failure);
    byId.set(id, unit);
  }
  for (const { title, module: file, claim, command } of claims) {
    const id = `report: ${title}`;
    byId.set(id, { kind: 'report', id, title, file, command, claim });
  }
  return [...byId.values()];
}

function settle(unit, end, details) {
  settled.set(unit.id, { end, ...details });
  log(`${end}: ${unit.title}`);
  return null;
}

// Every unit stands in the result exactly once; one that no stage has settled broke off on its way.
function result(all, suite, message) {
  const brokenOff = { end: 'failed', reason: 'It broke off; the failures of this run say why.' };
  const ended = (wanted) =>
    all
      .map(({ id, title, file }) => ({ unit: id, title, file, ...(settled.get(id) ?? brokenOff) }))
      .filter(({ end }) => end === wanted)
      .map(({ end: _, ...rest }) => rest);
  const [fixed, refused, failed] = ['fixed', 'refused', 'failed'].map(ended);
  const numbers = `${fixed.length} of ${all.length} fixed, ${refused.length} refused, ${failed.length} failed`;
  const state = suite ? `${suite.failed} tests fail on the branch` : 'no branch was verified';
  return {
    message: message ?? `${numbers}; ${state}.`,
    fixed,
    refused,
    failed,
    branch: landings.at(-1)?.branch ?? null,
    commit: landings.at(-1)?.commit ?? null,
    suite: suite && { passed: suite.passed, failed: suite.failed },
  };
}

function some(n, noun) {
  return `${n} ${noun}${n === 1 ? '' : 's'}`;
}

function record(properties) {
  return { type: 'object', properties, required: Object.keys(properties), additionalProperties: false };
}

function listOf(properties) {
  return { type: 'array', items: record(properties) };
}

// ── Prompts ──────────────────────────────────────────────────────────────────────────────────────────────────────────

function findPrompt() {
  return `Find out what fails here. Change nothing.

1. Run the test suite: \`${test}\`
   List every failing test, none left out, none grouped.
2. ${reportsTask()}

Answer with what you saw, not with what you expect.`;
}

function reportsTask() {
  if (typeof reports === 'string') {
    return `Read the bug reports in \`${reports}\` and list them. If there is no such file, there are none.`;
  }
  return `List these bug reports:\n\n${reports.map((one) => `<report>\n${one}\n</report>`).join('\n')}`;
}

function doubtPrompt({ title, file, claim }, side) {
  return `A user reports a bug. Try to refute the report, looking at ${side}.

<report title="${title}" module="${file}">
${claim}
</report>

It is refuted when what the user saw is what the project promises, in its documentation or by a test that passes on
purpose. A wish for other behaviour is no bug. It is not refuted just because no test fails: untested code has bugs.
Read before you judge, and give the file and the sentence or test that decides it.`;
}

function fixPrompt(unit) {
  return unit.kind === 'test' ? fixTestPrompt(unit) : fixReportPrompt(unit);
}

function fixTestPrompt({ id, file, command, failures }) {
  return `Make the failing tests in ${id} pass by mending the code they test, most likely ${file}.

${failures.map(({ test: name, message }) => `- ${name}\n  ${message.replaceAll('\n', '\n  ')}`).join('\n')}

Read the module and its tests first. Mend the cause, not the symptom; leave the tests as they are.
Run \`${command}\` before you end. If the code is right and the tests are wrong, change nothing and say why.`;
}

function fixReportPrompt({ title, file, command, claim }) {
  return `Mend this bug, most likely in ${file || 'a module that you have to find'}.

<report title="${title}">
${claim}
</report>

Write a test that fails because of it, beside the tests of that module, then make it pass. Run \`${command}\` before you end.
If this is not a bug, change nothing and say why.`;
}

function verifyPrompt() {
  const commits = landings.map(({ commit }) => `- ${commit}`).sort();
  return `Run the whole test suite: \`${test}\`. Change nothing, and report the numbers of its own summary.

These fixes have landed here:
${commits.join('\n')}`;
}
