import { describe, expect, test } from 'vitest';
import type { Message } from '../../protocol/conversation.ts';
import { createReportFindingTool, distinct, findingsIn } from './reportFinding.ts';
import type { Claim } from './reviewPrompts.ts';

const finding = {
  path: 'src/a.ts',
  line: 3,
  quote: 'return a + b;',
  severity: 'major',
  title: 'Adds where it should subtract',
  body: 'See it.',
};

function reviewer() {
  const found: Claim[] = [];
  const tool = createReportFindingTool({ report: (one) => found.push(one) });
  return {
    tool,
    found,
    report: async (input: object) => {
      const prepared = await tool.prepare(input);
      if (prepared.kind === 'invalid') return prepared.message;
      const outcome = await prepared.call.run(new AbortController().signal);
      return outcome.kind === 'ok' ? outcome.content : `error: ${outcome.kind === 'error' ? outcome.message : ''}`;
    },
  };
}

describe('ReportFinding', () => {
  test('X02 hands on each finding once, as it was reported', async () => {
    const { report, found, tool } = reviewer();
    const whole = { ...finding, line: 4, endLine: 5, suggestion: 'a - b' };
    expect(await report(finding)).toBe('Reported (1 so far).');
    expect(await report(whole)).toBe('Reported (2 so far).');
    expect(await report(finding)).toBe('Reported already.');
    expect(found).toEqual([finding, whole]);
    expect(tool.readOnly).toBe(true);
    expect(await tool.prepare(finding)).toMatchObject({
      call: { summary: 'major: src/a.ts:3 Adds where it should subtract' },
    });
  });

  test.each([
    { name: 'a path outside', change: { path: '../a.ts' }, says: /relative to the root/ },
    { name: 'an absolute path', change: { path: '/etc/passwd' }, says: /relative to the root/ },
    { name: 'a path of another drive', change: { path: 'C:\\a' }, says: /relative to the root/ },
    { name: 'an end before the begin', change: { endLine: 2 }, says: /endLine: must not be before line/ },
    { name: 'an unknown severity', change: { severity: 'critical' }, says: /severity/ },
    { name: 'a line of none', change: { line: 0 }, says: /line: .*>=1/ },
    { name: 'no title', change: { title: ' ' }, says: /title/ },
    { name: 'a page of title', change: { title: 'x'.repeat(201) }, says: /title/ },
    { name: 'fields it does not know', change: { votes: 3 }, says: /"votes"/ },
  ])('refuses $name', async ({ change, says }) => {
    const { report, found } = reviewer();
    expect(await report({ ...finding, ...change })).toMatch(says);
    expect(found).toEqual([]);
  });

  test('ends a flood of findings', async () => {
    const { report, found } = reviewer();
    for (let line = 1; line <= 100; line += 1) await report({ ...finding, line });
    expect(await report({ ...finding, line: 101 })).toMatch(/^error: 100 findings are enough/);
    expect(found).toHaveLength(100);
  });
});

test('what an interrupted reviewer had reported is found in its conversation, without what was refused', () => {
  const calls: Message = {
    role: 'assistant',
    content: [
      { type: 'tool_use', id: '1', name: 'ReportFinding', input: finding },
      { type: 'tool_use', id: '2', name: 'ReportFinding', input: { ...finding, path: '/etc/passwd' } },
      { type: 'tool_use', id: '3', name: 'ReportFinding', input: 'nonsense' },
      { type: 'tool_use', id: '4', name: 'Read', input: finding },
    ],
  };
  const results: Message = {
    role: 'user',
    content: [{ type: 'tool_result', toolUseId: '2', content: 'ReportFinding: path must be …', isError: true }],
  };
  const found = findingsIn([calls, results, calls]);
  expect(distinct(found)).toEqual([finding]);
});
