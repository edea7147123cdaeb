import * as z from 'zod';
import { headline } from '../../base/text.ts';
import { defineTool } from '../../engine/defineTool.ts';
import type { Tool } from '../../engine/tool.ts';
import { SEVERITIES } from '../../protocol/change.ts';
import { toolCallsOf, type Message } from '../../protocol/conversation.ts';
import { claim, type Claim } from './reviewPrompts.ts';

const MAX_FINDINGS = 100;
const MAX_LINE = 10_000_000;

const input = z
  .strictObject({
    path: z.string().min(1).max(1000).describe('The file, relative to the root of the repository.'),
    line: z.int().min(1).max(MAX_LINE).describe('Counted from 1 in the file after the change.'),
    endLine: z.int().min(1).max(MAX_LINE).optional().describe('The last line it is about, when there are several.'),
    quote: z
      .string()
      .min(1)
      .max(2_000)
      .describe('The text of that line, copied from the file after the change: it is looked for there.'),
    severity: z
      .enum(SEVERITIES)
      .describe('blocker: wrong, unsafe, or not what was asked. major: would hurt. minor. nit: taste.'),
    title: z.string().trim().min(1).max(200).describe('What is wrong, in one line.'),
    body: z.string().max(10_000).describe('What goes wrong, for whom, and how to see it.'),
    suggestion: z.string().max(10_000).optional().describe('Text to put in the place of these lines.'),
  })
  .refine(({ line, endLine }) => endLine === undefined || endLine >= line, {
    path: ['endLine'],
    message: 'must not be before line',
  });

const REPORT_FINDING = 'ReportFinding';

export interface ReportFindingOptions {
  /** Is told each finding once, in the order they were reported. */
  readonly report: (finding: Claim) => void;
}

/** A reviewer's way to report one finding as soon as it has it, so that an interruption does not lose it. */
export function createReportFindingTool({ report }: ReportFindingOptions): Tool {
  const reported = new Set<string>();
  return defineTool({
    name: REPORT_FINDING,
    description: [
      'Reports one fault that you found in the change, on a line of it. Call it once for each, as soon as you are sure.',
      'What you have reported so need not stand in your final answer again.',
      'Only what would hurt a user or the next developer counts; no finding is a good answer to a good change.',
    ].join('\n'),
    // It changes no file: a reviewer may call it, and several in one turn.
    readOnly: true,
    input,
    plan: async (given) => {
      if (/^[\\/]|^[A-Za-z]:|(^|[\\/])\.\.([\\/]|$)/.test(given.path))
        return { invalid: 'ReportFinding: path must be relative to the root of the repository, without "..".' };
      const { endLine, suggestion, ...rest } = given;
      const finding: Claim = {
        ...rest,
        ...(endLine === undefined ? {} : { endLine }),
        ...(suggestion === undefined ? {} : { suggestion }),
      };
      return {
        summary: headline(`${given.severity}: ${given.path}:${given.line} ${given.title}`, 200),
        run: async () => {
          const key = keyOf(finding);
          if (reported.has(key)) return { kind: 'ok', content: 'Reported already.' };
          if (reported.size >= MAX_FINDINGS)
            return { kind: 'error', message: `${MAX_FINDINGS} findings are enough. End your review.` };
          reported.add(key);
          report(finding);
          return { kind: 'ok', content: `Reported (${reported.size} so far).` };
        },
      };
    },
  });
}

/** What a conversation has reported, also before an interruption that its tools did not live through. */
export function findingsIn(messages: readonly Message[]): readonly Claim[] {
  const failed = new Set(
    messages.flatMap(({ content }) =>
      content.flatMap((block) => (block.type === 'tool_result' && block.isError ? [block.toolUseId] : [])),
    ),
  );
  const calls = messages.flatMap((message) => (message.role === 'assistant' ? toolCallsOf(message) : []));
  return calls
    .filter(({ id, name }) => name === REPORT_FINDING && !failed.has(id))
    .flatMap((call) => claim.safeParse(call.input).data ?? []);
}

/** Each finding once, by where it is and what it is called. */
export function distinct(findings: readonly Claim[]): readonly Claim[] {
  return [...new Map(findings.map((one) => [keyOf(one), one])).values()];
}

export function isSame(a: Claim, b: Claim): boolean {
  return keyOf(a) === keyOf(b);
}

function keyOf({ path, line, title }: Claim): string {
  return JSON.stringify([path, line, title]);
}
