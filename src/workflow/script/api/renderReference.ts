import { SCRIPT_API } from '../api.ts';
import { ABSENT, REFUSED_CALLS } from './absent.ts';
import type { ApiEntry, ApiMember, ApiOptions } from './description.ts';
import { typeOf } from './description.ts';
import { REHEARSAL_CODES } from '../../rehearsal/codes.ts';
import { RULES } from '../lint/rules.ts';
import { META_FIELDS, PHASE_FIELDS } from './meta.ts';
import type { MetaField } from './meta.ts';

const GROUPS: readonly { readonly group: ApiEntry['group']; readonly title: string; readonly intro: string }[] = [
  { group: 'agents', title: 'Agents', intro: 'Each call is one agent with a context of its own.' },
  {
    group: 'flow',
    title: 'Flow',
    intro: 'Plain JavaScript does the rest: `for`, `if`, `Promise.all`, `Promise.race`, functions of your own.',
  },
  { group: 'changes', title: 'Changes', intro: 'From an author in a worktree, over skeptics, to one branch.' },
  { group: 'checks', title: 'Checks', intro: 'What is not left to the word of an agent.' },
  {
    group: 'patterns',
    title: 'Patterns',
    intro: `The shapes in which many agents do better than one. Where a pattern takes a *worker*, that is a function
\`(input, …) => value\`; or a prompt, which the agent gets with the input below; or \`{ prompt, …options of agent() }\`, where
\`prompt\` may be a function of the input. A worker that throws is a failure of the run and leaves \`null\` in its place.`,
  },
  { group: 'run', title: 'The run', intro: 'What the run was given.' },
  { group: 'platform', title: 'Platform', intro: 'Not part of ECMAScript, and here all the same.' },
];

const OVERVIEW = `A workflow is one JavaScript file that starts agents. It begins with \`meta\`, a literal that says what the workflow is; the
rest is the body of an async function, so \`await\` and \`return\` stand at the top. What it returns is the result of the run.

\`\`\`js
export const meta = {
  name: 'review-files',
  description: 'Reviews each file and keeps what survives a second look.',
  phases: [{ title: 'Review' }, { title: 'Verify' }],
};

const files = args?.files ?? ['src/main.js'];
const results = await pipeline(
  files,
  (file) => agent(\`Find the worst bug in \${file}.\`, { label: file, phase: 'Review' }),
  (bug, file) => agent(\`Try to refute this report on \${file}: \${bug}\`, { label: file, phase: 'Verify' }),
);
return results.filter(Boolean);
\`\`\`

\`dwf validate <file>\` checks a script without running it, \`dwf run <file> --simulate\` plays it with a simulated model.`;

const SANDBOX = `- UTF-8, \`.js\` or \`.mjs\`, up to 512 KiB. Comments may stand before \`meta\`.
- One file: no \`import\`, no \`require\`, no second \`export\`, no TypeScript.
- All of ECMAScript 2023, and what stands under Platform. Texts of numbers and dates are en-US, local time is UTC.
- No files, no network, no processes: agents have those.
- No clock and no randomness. A resumed run goes through the script again, takes the answers of finished calls from its
  journal, and must come by the same way.
- The result should be JSON. What is not becomes \`null\`, and the run is \`degraded\`.
- A thrown error is the script's mistake or a cap, and fails or stops the run when nobody catches it. \`null\` is the fate of
  an agent: expect it wherever you use a result.
- An error keeps the results of all agents that have finished. Agents that still run when the script returns are cancelled.
- A run may start 1,000 agents.`;

/** `docs/script-reference.md`. Not formatted. */
export function renderReference(): string {
  const groups = GROUPS.flatMap(({ group, title, intro }) => [
    `## ${title}`,
    intro,
    ...SCRIPT_API.filter((entry) => entry.group === group).map(renderEntry),
  ]);
  const head = '<!-- Generated from src/workflow/script/api.ts: npm run golden:update. -->';
  return [
    head,
    '# Workflow scripts',
    OVERVIEW,
    renderMeta(),
    ...groups,
    renderSandbox(),
    renderDiagnostics(),
    EDITORS,
  ].join('\n\n');
}

const EDITORS = `## In an editor

[workflow.d.ts](../workflows/workflow.d.ts) declares the globals, and [jsconfig.json](../workflows/jsconfig.json) tells editors to
use it: copy both beside your scripts for completion and hover texts. \`checkJs\` is off, since TypeScript takes the
\`return\` at the top of a script for an error and knows no setting that allows it.`;

function renderMeta(): string {
  const rows = (list: readonly MetaField[]): string =>
    table(
      ['Key', 'Type', 'What it is'],
      list.map((field) => [`\`${field.name}\``, code(field.type), `${field.required ? 'Required. ' : ''}${field.doc}`]),
    );
  return `## meta

The first statement: \`export const meta = {…}\`, with plain values only: no variables, calls, spreads or templates with
\`\${…}\`. It is read before the script runs and is not visible in it. Unknown keys are ignored with a warning.

${rows(META_FIELDS)}

Each phase:

${rows(PHASE_FIELDS)}`;
}

function renderEntry(entry: ApiEntry): string {
  const tests = `<!-- Its tests begin with ${entry.rows.join(', ')}. -->`;
  const parts = [`### ${entry.name}`, tests, fence('ts', entry.signature), entry.doc];
  if (entry.options) parts.push(optionsTable(entry.options));
  if (entry.members) parts.push(membersTable(entry.members));
  for (const { name, options } of entry.members ?? [])
    if (options) parts.push(`\`${entry.name}.${name}\` takes:`, optionsTable(options));
  if (entry.errors) parts.push(`Errors:\n\n${entry.errors.map((error) => `- ${error}`).join('\n')}`);
  for (const example of entry.examples ?? []) parts.push(fence('js', example));
  if (entry.types !== undefined && entry.group === 'changes') parts.push(fence('ts', entry.types));
  return parts.join('\n\n');
}

function optionsTable({ list }: ApiOptions): string {
  return table(
    ['Option', 'Type', 'Default', 'What it does'],
    list.map(({ name, holds, default: otherwise, doc }) => [code(name), code(typeOf(holds)), otherwise, doc]),
  );
}

function membersTable(members: readonly ApiMember[]): string {
  return table(
    ['Member', 'What it is'],
    members.map(({ declaration, doc }) => [code(declaration), doc]),
  );
}

function renderSandbox(): string {
  const byAdvice = new Map<string, string[]>();
  for (const [name, advice] of Object.entries({ ...REFUSED_CALLS, ...ABSENT }))
    byAdvice.set(advice, [...(byAdvice.get(advice) ?? []), `\`${name}\``]);
  const rows = [...byAdvice].map(([advice, names]) => [names.join(', '), advice]);
  return `## The sandbox\n\n${SANDBOX}\n\nWhat is not there, and what to do instead:\n\n${table(['Name', 'Instead'], rows)}`;
}

function renderDiagnostics(): string {
  const played = Object.values(REHEARSAL_CODES).map(({ code: id, doc }) => [code(id), doc]);
  const rows = RULES.map(({ code: id, severity, doc }) => [code(id), severity, doc]);
  return `## What is found before a run

\`dwf validate\`, and each launch, look for these. None of them stops a script. An \`info\` is for \`dwf validate\` and
editors alone.

${table(['Code', 'Severity', 'What it finds'], rows)}

\`dwf rehearse\` finds these besides, by playing the script several times with made-up answers:

${table(['Code', 'What it finds'], played)}`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function code(text: string): string {
  return `\`${text}\``;
}

function fence(language: string, text: string): string {
  return `\`\`\`${language}\n${text}\n\`\`\``;
}
