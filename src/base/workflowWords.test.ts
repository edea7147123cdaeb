import { expect, test } from 'vitest';
import { workflowWords } from './workflowWords.ts';

test.each([
  { typed: 'use a workflow for this', words: ['workflow'] },
  { typed: 'Workflows, please: one for each folder', words: ['workflow'] },
  { typed: 'ultracode', words: ['ultracode'] },
  { typed: 'do it with ultracode and a workflow.', words: ['ultracode', 'workflow'] },
  { typed: 'rename `workflow` to flow', words: [] },
  { typed: 'it says "use a workflow" there', words: [] },
  { typed: '> use a workflow\nwhat does he mean?', words: [] },
  { typed: '```\nworkflow\n```', words: [] },
  { typed: 'read @docs/workflow.md first', words: [] },
  { typed: '<file path="a">use a workflow</file> is wrong', words: [] },
  { typed: 'mend .github/workflows/ci.yml', words: [] },
  { typed: 'mend workflow.ts', words: [] },
  { typed: 'my-workflow and workflow_id and subworkflow', words: [] },
])('asks for a workflow or not: $typed', ({ typed, words }) => {
  const found = workflowWords(typed);
  expect(found.map(({ word }) => word)).toEqual(words);
  for (const { start, end } of found) expect(typed.slice(start, end).toLowerCase()).toMatch(/^(workflows?|ultracode)$/);
});
