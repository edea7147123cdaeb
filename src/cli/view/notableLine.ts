import { assertNever } from '../../base/assertNever.ts';
import { count, headline, showUnseen } from '../../base/text.ts';
import { formatDuration, formatTokens, formatUsd } from '../../projection/cost.ts';
import { agentOf } from '../../projection/agentTable.ts';
import { overlapWords } from '../../projection/overlapWords.ts';
import { standingOf, worstOf } from '../../projection/findingWords.ts';
import type { RunState } from '../../projection/state.ts';
import type { AgentEnd, Event } from '../../protocol/messages.ts';
import type { Landing, Review } from '../../protocol/change.ts';
import type { Caps } from '../../protocol/run.ts';
import type { Line, Look } from './cells.ts';
import { oneLine } from './cells.ts';

/** `lasting`: worth its line above a live view, which shows the rest anyway. */
export interface Notable {
  readonly line: Line;
  readonly lasting: boolean;
}

/** What a reader of a log wants to know of an event, in one line; null for what would only make it long. `state` has the event in it. */
export function notableLine(event: Event, state: RunState): Notable | null {
  switch (event.type) {
    case 'phase.entered':
      return { line: [{ text: oneLine(event.title), look: 'bold' }], lasting: false };
    case 'logged':
      return lasting(event.message, event.level === 'info' ? undefined : event.level === 'warning' ? 'warn' : 'bad');
    case 'agent.ended':
      return { line: agentLine(labelOf(state, event.agentId), event.end, event.fromJournal), lasting: false };
    case 'agent.retried':
      return {
        line: [
          {
            text: `  ${labelOf(state, event.agentId)}: ${oneLine(event.message)} Asks again in ${formatDuration(event.delayMs)}.`,
            look: 'dim',
          },
        ],
        lasting: false,
      };
    case 'change.empty':
      return { line: [{ text: `  ${labelOf(state, event.agentId)}: changed nothing`, look: 'warn' }], lasting: false };
    case 'change.reviewed':
      return { line: reviewLine(labelOf(state, event.changeId), event.review, event.refuted.length), lasting: false };
    case 'change.landed': {
      const [text, look] = landingText(event.landing);
      return lasting(`${labelOf(state, event.changeId)}: ${text}`, look);
    }
    case 'paths.overlapped':
      return lasting(
        overlapWords(event, (id) => labelOf(state, id)),
        'warn',
      );
    case 'permission.asked':
      return lasting(
        `${labelOf(state, event.agentId)} asks to use ${event.tool}: ${showUnseen(event.summary)}`,
        'warn',
      );
    case 'permission.answered':
      return lasting(permissionText(event), 'warn');
    case 'question.asked':
      return lasting(
        `${event.agentId === undefined ? 'The script' : labelOf(state, event.agentId)} asks: ${event.question}${choiceText(event.choices)}`,
        'warn',
      );
    case 'question.answered':
      return lasting(answerText(event.answer, event.by), 'warn');
    case 'check.ended':
      return { line: checkLine(state, event.checkId), lasting: false };
    case 'run.paused':
      return lasting(`Paused: ${event.message}`, 'warn');
    case 'run.continued':
      return lasting('Goes on.');
    case 'run.changed':
      return lasting(changeText(event.concurrency, event.caps));
    case 'agent.charged':
      return event.estimated ? { line: chargeLine(state, event), lasting: false } : null;
    case 'agent.restarted':
      return {
        line: [{ text: `  ${labelOf(state, event.agentId)}: ${oneLine(event.message)}`, look: 'dim' }],
        lasting: false,
      };
    case 'agent.steered':
      return lasting(`Told ${labelOf(state, event.agentId)}: ${event.message}`);
    case 'refused':
      return lasting(event.error, 'bad');
    case 'run.started':
    case 'run.ended':
    case 'agent.waiting':
    case 'agent.queued':
    case 'agent.started':
    case 'worktree.leased':
    case 'agent.replied':
    case 'tool.started':
    case 'tool.ended':
    case 'change.committed':
    case 'check.started':
    case 'permission.joined':
    case 'permission.withdrawn':
    case 'turn.asked':
    case 'turn.started':
    case 'turn.said':
    case 'turn.ended':
    case 'workflow.launched':
    case 'workflow.ended':
    case 'session.told':
    case 'session.changed':
    case 'goal.set':
    case 'goal.ended':
    case 'loop.set':
    case 'loop.ended':
      return null;
    default:
      return assertNever(event);
  }
}

/** What nobody has been told the cost of: the caps count it, and the sum of what was paid does not. */
function chargeLine(state: RunState, { agentId, message, usage }: Event & { type: 'agent.charged' }): Line {
  const text = `  ${labelOf(state, agentId)}: ${message} (${formatTokens(usage.outputTokens)} tokens out)`;
  return [{ text: oneLine(text), look: 'dim' }];
}

function lasting(text: string, look?: Look): Notable {
  return { line: [look === undefined ? { text: oneLine(text) } : { text: oneLine(text), look }], lasting: true };
}

function agentLine(label: string, end: AgentEnd, fromJournal: boolean): Line {
  const from = fromJournal ? ' (from the journal)' : '';
  switch (end.kind) {
    case 'done':
      return [{ text: `  ${label}: done${from}` }];
    case 'null':
      return [{ text: `  ${label}: ${end.cause}: ${headline(oneLine(end.message), 200)}${from}`, look: 'warn' }];
    case 'threw':
      return [{ text: `  ${label}: ${headline(oneLine(end.message), 200)}${from}`, look: 'bad' }];
  }
}

function changeText(concurrency: number, { outputTokens, usd, agents, minutes }: Caps): string {
  const caps = [
    ...(outputTokens === undefined ? [] : [`${formatTokens(outputTokens)} output tokens`]),
    ...(usd === undefined ? [] : [formatUsd(usd)]),
    ...(agents === undefined ? [] : [count(agents, 'agent')]),
    ...(minutes === undefined ? [] : [count(minutes, 'minute')]),
  ];
  return `Changed: ${concurrency} at once, ${caps.length === 0 ? 'no cap' : `at most ${caps.join(', ')}`}.`;
}

function permissionText({ allowed, by, scope, reason }: Extract<Event, { type: 'permission.answered' }>): string {
  if (!allowed) return by === 'nobody' ? 'Denied: nobody was there to ask.' : `Denied${reason ? `: ${reason}` : '.'}`;
  if (by === 'rule') return 'Allowed by the rule that was added.';
  return { once: 'Allowed once.', run: 'Allowed for this run.', always: 'Allowed always.' }[scope ?? 'once'];
}

function choiceText(choices: readonly string[] | undefined): string {
  return choices === undefined ? '' : ` (${choices.join(', ')})`;
}

function answerText(answer: string | null, by: 'person' | 'nobody' | 'journal'): string {
  const text = answer ?? 'nothing';
  switch (by) {
    case 'person':
      return `Answered: ${text}`;
    case 'journal':
      return `Answered before: ${text}`;
    case 'nobody':
      return `Nobody was there to answer: ${text} counts.`;
  }
}

function checkLine(state: RunState, checkId: string): Line {
  const check = state.checks.find((one) => one.checkId === checkId);
  const { label = checkId, exitCode = null, path = null, fromJournal = false } = check ?? {};
  const unended = path === null ? 'did not run' : 'did not end';
  const how = exitCode === 0 ? 'passed' : exitCode === null ? unended : `exit code ${exitCode}`;
  const text = `  check ${oneLine(label)}: ${how}${fromJournal ? ' (from the journal)' : ''}`;
  return [exitCode === 0 ? { text } : { text, look: 'warn' }];
}

function reviewLine(label: string, { approved, findings }: Review, refuted: number): Line {
  const worst = worstOf(findings);
  const kept = worst ? `: ${worst.severity} ${headline(oneLine(worst.title), 100)} (${standingOf(worst)})` : '';
  const more = [
    ...(findings.length > 1 ? [`${findings.length - 1} more`] : []),
    ...(refuted > 0 ? [`${refuted} refuted`] : []),
  ];
  const rest = more.length === 0 ? '' : `; ${more.join(', ')}`;
  if (approved) return [{ text: `  ${label}: approved${kept}${rest}` }];
  const why = worst ? kept : ': a reviewer gave no report';
  return [{ text: `  ${label}: not approved${why}${rest}`, look: 'warn' }];
}

function landingText(landing: Landing): readonly [string, Look] {
  switch (landing.status) {
    case 'landed':
      return [`landed as ${landing.commit.slice(0, 8)}${landing.resolvedBy ? ', its conflict resolved' : ''}`, 'good'];
    case 'conflict':
      return [`not landed: ${landing.log ?? `it conflicts in ${landing.conflicts.join(', ')}`}`, 'warn'];
    case 'verify-failed':
      return ['not landed, the tests fail on the merged tree', 'warn'];
    case 'unreviewed':
      return ['not landed, no review approved it', 'warn'];
    case 'discarded':
      return ['not landed: it, or one that it stands on, was discarded', 'warn'];
    case 'empty':
      return ['not landed, it changes nothing', 'warn'];
  }
}

function labelOf(state: RunState, agentId: string): string {
  return oneLine(agentOf(state.agents, agentId)?.label ?? agentId);
}
