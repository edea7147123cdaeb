import { describe, expect, test } from 'vitest';
import { hookAnswer, type HookAnswer } from './hookAnswer.ts';
import type { HookEvent, HookResult } from './hookRule.ts';

function exited(exitCode: number | null, stdout: string | object = '', stderr = ''): HookResult {
  const text = typeof stdout === 'string' ? stdout : JSON.stringify(stdout);
  return { kind: 'exited', exitCode, stdout: text, stderr };
}

const cut = (result: HookResult): HookResult => (result.kind === 'exited' ? { ...result, stdoutCut: true } : result);

interface Row {
  readonly name: string;
  readonly event?: HookEvent;
  readonly result: HookResult;
  readonly answer: HookAnswer;
}

const pre = (said: object): HookResult => exited(0, { hookSpecificOutput: { hookEventName: 'PreToolUse', ...said } });

describe('how a hook ends', () => {
  test.each<Row>([
    { name: '0 says nothing', result: exited(0), answer: {} },
    { name: '2 blocks with stderr', result: exited(2, '{}', ' no rm here\n'), answer: { block: 'no rm here' } },
    { name: '2 without a word blocks', result: exited(2), answer: { block: 'it gave no reason.' } },
    { name: '2 blocks an end', event: 'SubagentStop', result: exited(2, '', 'more'), answer: { block: 'more' } },
    {
      name: '2 cannot block a start',
      event: 'SubagentStart',
      result: exited(2, '', 'no'),
      answer: { problem: 'ended with exit code 2: no' },
    },
    {
      name: '2 cannot block an end of a run',
      event: 'WorkflowEnd',
      result: exited(2),
      answer: { problem: 'ended with exit code 2' },
    },
    {
      name: '1 is a failure that counts for nothing',
      result: exited(1, { decision: 'block' }, 'jq: not found\nmore'),
      answer: { problem: 'ended with exit code 1: jq: not found' },
    },
    { name: 'a signal is a failure', result: exited(null), answer: { problem: 'was ended by a signal' } },
    { name: 'a hang is a failure', result: { kind: 'timed-out' }, answer: { problem: 'took too long and was ended' } },
    {
      name: 'no start is a failure',
      result: { kind: 'not-started', problem: 'no bash' },
      answer: { problem: 'could not start: no bash' },
    },
  ])('$name', ({ event = 'PreToolUse', result, answer }) => expect(hookAnswer(event, result)).toEqual(answer));
});

describe('what a hook prints', () => {
  const rubbish = { problem: 'printed JSON that is not what a hook may say' };
  test.each<Row>([
    {
      name: 'an answer that was cut could have been a no, and blocks a call',
      result: cut(exited(0, '{"decision": "bl\n[… 9 characters left out …]\n"}')),
      answer: { block: 'the hook printed an answer that is too long to be read, so that the call is not made.' },
    },
    {
      name: 'one that was cut is a failure where nothing can be blocked any more',
      event: 'PostToolUse',
      result: cut(exited(0, '{')),
      answer: { problem: 'printed an answer that is too long to be read' },
    },
    {
      name: 'one that was cut is not looked at where the exit code has blocked',
      result: cut(exited(2, '{', 'no')),
      answer: { block: 'no' },
    },
    { name: 'plain text is its own matter', result: exited(0, 'all well'), answer: {} },
    {
      name: 'deny',
      result: pre({ permissionDecision: 'deny', permissionDecisionReason: 'x' }),
      answer: { block: 'x' },
    },
    { name: 'ask', result: pre({ permissionDecision: 'ask' }), answer: { permission: 'ask' } },
    { name: 'defer asks', result: pre({ permissionDecision: 'defer' }), answer: { permission: 'ask' } },
    {
      name: 'allow with another input',
      result: pre({ permissionDecision: 'allow', updatedInput: { command: 'ls' } }),
      answer: { permission: 'allow', input: { command: 'ls' } },
    },
    { name: 'another input alone', result: pre({ updatedInput: { a: 1 } }), answer: { input: { a: 1 } } },
    { name: 'context', result: pre({ additionalContext: ' by the way ' }), answer: { context: 'by the way' } },
    { name: 'the older block', result: exited(0, { decision: 'block', reason: 'x' }), answer: { block: 'x' } },
    { name: 'the older approve', result: exited(0, { decision: 'approve' }), answer: { permission: 'allow' } },
    {
      name: 'its own words before the older ones',
      result: exited(0, { decision: 'approve', hookSpecificOutput: { permissionDecision: 'deny' } }),
      answer: { block: 'it gave no reason.' },
    },
    {
      name: 'continue false blocks',
      result: exited(0, { continue: false, stopReason: 'enough' }),
      answer: { block: 'enough' },
    },
    {
      name: 'block after a call',
      event: 'PostToolUse',
      result: exited(0, { decision: 'block', reason: 'lint fails' }),
      answer: { block: 'lint fails' },
    },
    {
      name: 'no allow where nothing is asked',
      event: 'PostToolUse',
      result: exited(0, { decision: 'approve' }),
      answer: {},
    },
    {
      name: 'context at a start, and no block',
      event: 'SubagentStart',
      result: exited(0, { decision: 'block', hookSpecificOutput: { additionalContext: 'rules' } }),
      answer: { context: 'rules' },
    },
    { name: 'a word to the person', result: exited(0, { systemMessage: 'hi' }), answer: { message: 'hi' } },
    {
      name: 'an answer for another event',
      result: exited(0, { hookSpecificOutput: { hookEventName: 'Stop', permissionDecision: 'deny' } }),
      answer: { problem: 'printed an answer for Stop, not for PreToolUse' },
    },
    { name: 'broken JSON', result: exited(0, '{"decision":'), answer: rubbish },
    { name: 'an unknown decision', result: pre({ permissionDecision: 'maybe' }), answer: rubbish },
    { name: 'a reason that is no text', result: exited(0, { decision: 'block', reason: 7 }), answer: rubbish },
  ])('$name', ({ event = 'PreToolUse', result, answer }) => expect(hookAnswer(event, result)).toEqual(answer));

  test('a long reason is cut', () => {
    expect(hookAnswer('PreToolUse', exited(2, '', 'x'.repeat(50_000))).block).toHaveLength(10_000);
  });
});
