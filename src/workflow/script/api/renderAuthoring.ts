import { SCRIPT_API } from '../api.ts';
import { ABSENT } from './absent.ts';
import type { ApiEntry, ApiOptions } from './description.ts';
import { typeOf } from './description.ts';
import { META_FIELDS } from './meta.ts';

interface NoWorkflow {
  readonly what: string;
  /** What a person says who wants that. */
  readonly example: string;
}

/** What is better done without a workflow. */
export const NEEDS_NONE: readonly NoWorkflow[] = [
  {
    what: 'one simple fix',
    example: 'There is a spelling mistake in the first line of docs/page0.md. Mend it.',
  },
  {
    what: 'a question that a few reads answer',
    example: 'What does src/part3.js export, and what does it give back for an empty list?',
  },
  {
    what: 'work of which each step needs the one before',
    example:
      'Read docs/page0.md; it names the page to read next, and so on. Follow the pages one after the other until one names no other, and tell me its number.',
  },
  {
    what: 'a budget that a handful of agents would use up',
    example:
      'Use a 2k token budget for all of it: which of the files under src/ have no comment in their first line? An estimate will do.',
  },
  {
    what: "what needs the person's word at every step",
    example: 'Let us go through the settings together: show me one, and I say what it is to be.',
  },
];

const WHEN = `# When a workflow is worth it

Use one when the task falls into many parts that do not need each other's results, when every item of a list has to be done
and counted, when somebody who did not do the work has to check it, or when something has to be tried until a command says
that it is done.

Use none, do it yourself, and say so in a sentence, for:

${NEEDS_NONE.map(({ what, example }) => `- ${what}: “${example}”`).join('\n')}

# How large

- Look before you fan out: list the units first (files, endpoints, tests) and give each an agent of its own. One agent for
  fifty items does twenty; \`coverage(units, results)\` shows it.
- 5 to 30 agents are a normal run. Above 25 in one call, or without a cap, say so to the person first.
- An agent costs 10k to 100k tokens. Give cheap work a cheap model (\`model: 'haiku'\`), and lists a \`schema\`.
- Prefer \`pipeline\` over one \`parallel\` after another: it has no barrier. Use \`parallel\` where the next step needs all results.

# How to make it hold

- Every result may be \`null\`: an agent's fate, not an error. Filter, or say in the result what is missing.
- Who wrote something does not judge it. \`review(change)\` has reviewers and skeptics; \`patterns.adversarialVerify\` has skeptics
  for claims. What a command can decide, let \`check(command)\` or \`verify\` decide.
- Repeat what must not be forgotten in each prompt: an agent sees its prompt and the project's rules, nothing of this conversation.
- End with what a person wants to read: what is done, what is not, with paths. Return JSON, not a long text of an agent.
- Changes go through \`change\`, \`review\` and \`land\`: each author has a git worktree of its own; the person's checkout stays as it is.
- Name phases in \`meta.phases\` and give agents a \`label\`: the person watches them as a graph.`;

const SHAPE = `# The file

One JavaScript file, no imports, no TypeScript. First \`export const meta = {…}\` with plain values only, then the body of an async
function: \`await\` and \`return\` stand at the top.

\`\`\`js
export const meta = {
  name: 'review-files',
  description: 'Reviews each file and keeps what survives a second look.',
  phases: [{ title: 'Review' }, { title: 'Verify' }],
};

const files = args?.files ?? [];
const results = await pipeline(
  files,
  (file) => agent(\`Find the worst bug in \${file}. Say "none" where there is none.\`, { label: file, phase: 'Review' }),
  (bug, file) => agent(\`Try to refute this report on \${file}: \${bug}\`, { label: file, phase: 'Verify' }),
);
return { ...coverage(files, results), found: results.filter(Boolean) };
\`\`\``;

/** How to write a workflow script, for a model that is going to: when it is worth it, how large, and all that there is. */
export function renderAuthoring(): string {
  const meta = META_FIELDS.map(
    ({ name, type, doc, required }) => `- \`${name}\`: ${type}. ${required ? 'Required. ' : ''}${doc}`,
  );
  const absent = Object.keys(ABSENT)
    .map((name) => `\`${name}\``)
    .join(', ');
  return [
    WHEN,
    SHAPE,
    `\`meta\`:\n${meta.join('\n')}`,
    '# Globals',
    ...SCRIPT_API.map(entryText),
    `Not there: ${absent}, a clock, randomness. Agents have files, network and processes; the script has agents.`,
  ].join('\n\n');
}

function entryText({ name, signature, doc, options, members = [], errors = [], examples = [] }: ApiEntry): string {
  const [example] = examples;
  return [
    `## ${name}\n\`${signature}\`\n${doc}`,
    ...optionLines(options),
    ...members.flatMap((member) => [
      `- \`${member.declaration.split('\n', 1)[0] ?? member.name}\`: ${member.doc}`,
      ...optionLines(member.options).map((line) => `  ${line}`),
    ]),
    ...errors.map((error) => `- Throws: ${error}`),
    ...(example === undefined ? [] : [`\`\`\`js\n${example}\n\`\`\``]),
  ].join('\n');
}

function optionLines(options: ApiOptions | undefined): readonly string[] {
  return (options?.list ?? []).map(
    ({ name, holds, default: otherwise, doc }) => `- \`${name}\` (${typeOf(holds)}; default ${otherwise}): ${doc}`,
  );
}
