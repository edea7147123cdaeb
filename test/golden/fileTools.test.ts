import { describe, expect, test } from 'vitest';
import { createReportFindingTool } from '../../src/workflow/review/reportFinding.ts';
import { bench, newTools, put, run, useToolBench } from '../support/toolBench.ts';
import { pdfOf } from '../support/pdf.ts';

// What a model is shown of each file tool, and what typical calls answer. Written anew by `npm run golden:update`.

useToolBench();

const NAMES = ['Read', 'Glob', 'Grep', 'Edit', 'MultiEdit', 'Write', 'TodoWrite', 'ReportFinding'];

const everyTool = () => [...newTools(), createReportFindingTool({ report: () => undefined })];

test('what the model is shown', async () => {
  const specs = everyTool().filter(({ spec }) => NAMES.includes(spec.name));
  expect(specs.map(({ spec }) => spec.name).sort()).toEqual(NAMES.toSorted());
  const shown = specs.map(({ spec, readOnly }) => ({ ...spec, readOnly }));
  await expect(`${JSON.stringify(shown, null, 2)}\n`).toMatchFileSnapshot('fileToolSpecs.json');
});

describe('typical calls', () => {
  const finding = { path: 'a.ts', line: 1, quote: 'b', severity: 'minor', title: 'Two is three', body: 'It counts wrong.' };

  test('say in one line what they are about, and answer', async () => {
    await put('src/a.ts', 'export const one = 1;\nexport const two = 3;\n');
    await put('notes.txt', 'one\r\ntwo\r\n');
    await put('paper.pdf', pdfOf([['Abstract'], ['Method']]));
    await put('n.ipynb', JSON.stringify({ cells: [{ cell_type: 'code', source: '1 + 1', execution_count: 1, outputs: [] }] }));
    const calls: readonly (readonly [string, object])[] = [
      ['Read', { path: 'src/a.ts' }],
      ['Read', { path: 'src/a.ts', offset: 2, limit: 1 }],
      ['Read', { path: 'src/b.ts' }],
      ['Read', { path: 'paper.pdf', pages: '2' }],
      ['Read', { path: 'n.ipynb' }],
      ['Glob', { pattern: '**/*.ts' }],
      ['Grep', { pattern: 'two', mode: 'content' }],
      ['Grep', { pattern: '(' }],
      ['Edit', { path: 'src/a.ts', oldText: '= 3', newText: '= 2' }],
      ['Edit', { path: 'src/a.ts', oldText: 'const', newText: 'let' }],
      ['MultiEdit', { path: 'src/a.ts', edits: [{ oldText: 'const', newText: 'let', all: true }] }],
      ['Write', { path: 'notes.txt', content: 'three\n' }],
      ['Read', { path: 'notes.txt' }],
      ['Write', { path: 'notes.txt', content: 'three\n' }],
      ['TodoWrite', { todos: [{ task: 'Mend two', status: 'in_progress' }] }],
      ['ReportFinding', finding],
    ];
    const tools = everyTool();
    const lines: string[] = [];
    for (const [name, input] of calls) {
      const tool = tools.find(({ spec }) => spec.name === name);
      const prepared = await tool?.prepare(input);
      const outcome = await run(name, input, tools);
      lines.push(`> ${name} ${prepared?.kind === 'ready' ? prepared.call.summary : 'is refused'}`);
      lines.push(outcome.kind === 'ok' ? outcome.content : `${outcome.kind}: ${JSON.stringify(outcome)}`, '');
    }
    const text = lines.join('\n').replaceAll(bench.root, '<root>');
    await expect(text).toMatchFileSnapshot('fileToolAnswers.txt');
  });
});
