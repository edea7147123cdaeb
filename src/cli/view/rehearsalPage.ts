import { count } from '../../base/text.ts';
import { formatDuration, formatTokens } from '../../projection/cost.ts';
import { rangeText, roughUsd } from '../../projection/forecastWords.ts';
import type { Finding, Rehearsal } from '../../workflow/rehearsal/rehearsal.ts';
import type { Line, Look } from './cells.ts';
import { cells, oneLine, padCells } from './cells.ts';

/** What a person reads of a rehearsal: the phases with what each takes, the sums, what went wrong, and how sure it is. */
export function rehearsalPage(rehearsal: Rehearsal, fileName: string): readonly Line[] {
  const { workflowName, plays, findings, uncertainty } = rehearsal;
  return [
    [
      { text: oneLine(workflowName), look: 'bold' },
      { text: `: played ${count(plays, 'time')} with made-up answers; nothing was sent, nothing is spent` },
    ],
    [],
    ...phaseTable(rehearsal),
    [],
    ...sums(rehearsal),
    ...(findings.length === 0 ? [] : [[], ...findings.map((finding) => findingLine(fileName, finding))]),
    [],
    ...uncertainty.map((text): Line => [{ text: oneLine(text), look: 'dim' }]),
  ];
}

const HEAD = ['Phase', 'Agents', 'Output tokens', 'Money', 'After'] as const;

function phaseTable({ phases, agents, outputTokens, usd }: Rehearsal): readonly Line[] {
  const money = (range: Rehearsal['usd']): string => (range === null ? 'no price' : rangeText(range, roughUsd));
  const rows = phases.map((phase) => [
    titleText(phase.title),
    rangeText(phase.agents),
    rangeText(phase.outputTokens, formatTokens),
    money(phase.usd),
    phase.after.map(titleText).join(', '),
  ]);
  const total = ['All', rangeText(agents), rangeText(outputTokens, formatTokens), money(usd), ''];
  const all = [HEAD, ...rows, total];
  const widths = HEAD.map((_, column) => Math.max(...all.map((row) => cells(row[column] ?? ''))));
  return all.map((row, index): Line => {
    const text = row.map((cell, column) => padCells(cell, widths[column] ?? 0)).join('   ');
    return [{ text: `  ${text.trimEnd()}`, ...(index === 0 ? { look: 'dim' as const } : {}) }];
  });
}

function titleText(title: string | null): string {
  return title === null ? '(no phase)' : oneLine(title);
}

function sums({ ms, depth, concurrency, inputTokens, model, bounded }: Rehearsal): readonly Line[] {
  const facts = [
    ['Time', `${rangeText(ms, formatDuration)}, at most ${count(concurrency, 'agent')} at once`],
    ['Depth', `${rangeText(depth)}: agents that wait for one another, on the longest chain`],
    ['Input', `${rangeText(inputTokens, formatTokens)} tokens in, those from the prompt cache included`],
    ['Model', `${oneLine(model)} for agents that name none`],
    ...(bounded ? [] : [['Bound', 'none was found: give it a --budget']]),
  ];
  return [
    ...facts.map(([name = '', value = '']): Line => [{ text: padCells(name, 8), look: 'bold' }, { text: value }]),
    [{ text: 'Each figure is the likely one, with the lowest and the highest in brackets.', look: 'dim' }],
  ];
}

const LOOKS: Readonly<Record<Finding['severity'], Look>> = { error: 'bad', warning: 'warn', info: 'dim' };

/** As `dwf validate` writes them, so that terminals and editors can jump to the place. */
function findingLine(fileName: string, { severity, code, message, line, column }: Finding): Line {
  const place = line === undefined || column === undefined ? fileName : `${fileName}:${line}:${column}`;
  return [
    { text: `${oneLine(place)} ` },
    { text: severity, look: LOOKS[severity] },
    { text: ` ${code} ${oneLine(message)}` },
  ];
}
