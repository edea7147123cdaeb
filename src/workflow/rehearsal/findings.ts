import { count, headline } from '../../base/text.ts';
import type { Failure } from '../../protocol/run.ts';
import type { CheckedScript, Diagnostic } from '../script/check.ts';
import { lintScript } from '../script/lint/lintScript.ts';
import { REHEARSAL_CODES } from './codes.ts';
import type { Finding } from './rehearsal.ts';
import type { Scenario } from './scenario.ts';
import type { GaveUp, Trace } from './trace.ts';

/** From so many agents at once on, a person should have wanted that. */
const MANY = 25;
const SHORT_LIST = 5;
/** Agents that are told by name where many are alike. */
const NAMED = 3;

/** All that can be seen in the text, and what only the plays have shown, in the order of the text. */
export function findings(script: CheckedScript, scriptPath: string, traces: readonly Trace[]): readonly Finding[] {
  const fatal = [...errors(scriptPath, traces)];
  const nulls = [...unhandledNulls(scriptPath, traces)];
  const shown = new Set(nulls.map(({ line }) => line));
  // What a play has proved need not be suspected as well.
  const text: readonly Diagnostic[] = [...script.warnings, ...lintScript(script)].filter(
    ({ code, line }) => code !== 'W23-unchecked-null' || !shown.has(line),
  );
  const said = new Set(text.map(({ code }) => code));
  const played = [
    ...fatal,
    ...nulls,
    ...(said.has('W35-unbounded-loop') ? [] : endless(traces)),
    ...caps(traces),
    ...(said.has('W38-fan-out') ? [] : fanOut(traces)),
    ...idlePhases(script, traces, text),
    ...unanswered(traces),
  ];
  return [...played, ...text].toSorted((a, b) => RANK[a.severity] - RANK[b.severity] || (a.line ?? 0) - (b.line ?? 0));
}

const RANK: Readonly<Record<Finding['severity'], number>> = { error: 0, warning: 1, info: 2 };

interface Broken {
  /** One line. */
  readonly message: string;
  readonly at: { readonly line: number; readonly column: number } | null;
  readonly trace: Trace;
  /** A mistake that the engine found, not an error that the script made up its mind to throw. */
  readonly isMistake: boolean;
}

const MISTAKE = /^(Type|Reference|Range|Syntax)Error\b/;

/** A script that does not compile is not played: it has parsed a text, an agent's where one has answered with text. */
const PARSED = /^SyntaxError\b/;
const MADE_UP = 'The text was made up; an agent with a schema hands in a value, and nothing has to be parsed.';
/** It tells of a value that no real agent would answer with. */
const QUOTES = /\bmade-up /;
const QUOTED = 'The value was made up: with a real one it may not break.';

/** Where plays without dying agents broke, alike ones once. */
function* errors(scriptPath: string, traces: readonly Trace[]): Generator<Finding> {
  const plays = traces.filter(({ scenario }) => scenario.role !== 'nulls');
  const broken = plays.flatMap((trace) => breaks(scriptPath, trace));
  for (const same of groups(broken, ({ message, at }) => JSON.stringify([at, at ? '' : message]))) {
    const [first] = same;
    if (!first) continue;
    const often = new Set(same.map(({ trace }) => trace));
    const always = plays.every((trace) => trace.scenario.role !== 'typical' || often.has(trace));
    const excuse = excuseOf(first.message, same);
    const isSure =
      (always && first.isMistake) || often.size === plays.length || /^ReferenceError\b/.test(first.message);
    const says = `${playsText(often.size, plays.length)} this breaks: ${first.message}`;
    yield {
      severity: isSure && excuse === null ? 'error' : first.isMistake ? 'warning' : 'info',
      code: REHEARSAL_CODES.error.code,
      message: excuse === null ? says : `${says.replace(/[.]$/, '')}. ${excuse}`,
      ...first.at,
    };
  }
}

/** Why it may be no mistake of the script. */
function excuseOf(message: string, same: readonly Broken[]): string | null {
  const hasText = same.every(({ trace }) => trace.agents.some(({ schema }) => schema === null));
  if (PARSED.test(message) && hasText) return MADE_UP;
  return QUOTES.test(message) ? QUOTED : null;
}

/** Mistakes that come about only where an agent has died. */
function* unhandledNulls(scriptPath: string, traces: readonly Trace[]): Generator<Finding> {
  const alive = traces.filter(({ scenario }) => scenario.role !== 'nulls');
  const known = new Set(alive.flatMap((trace) => breaks(scriptPath, trace)).map(({ at }) => JSON.stringify(at)));
  const dead = traces.filter(({ scenario }) => scenario.role === 'nulls');
  const broken = dead
    .flatMap((trace) => breaks(scriptPath, trace))
    .filter(({ at, isMistake }) => isMistake && !known.has(JSON.stringify(at)));
  for (const [first] of groups(broken, ({ at, message }) => JSON.stringify(at ?? message))) {
    if (!first) continue;
    yield {
      severity: 'warning',
      code: REHEARSAL_CODES.nulls.code,
      message: `When an agent dies, its call is null, and this breaks: ${first.message}`,
      ...first.at,
    };
  }
}

function breaks(scriptPath: string, trace: Trace): readonly Broken[] {
  const { end } = trace;
  if (!end) return [];
  const slots = end.failures.filter(({ cause }) => cause === 'script' || cause === 'unhandled-rejection');
  const broken = slots.map((failure) => slotBroken(scriptPath, trace, failure));
  if (end.status !== 'failed') return broken;
  const [message = ''] = end.message.split('\n', 1);
  const at = placeIn(scriptPath, end.message.slice(message.length));
  return [{ message: headline(message, 300), at, trace, isMistake: MISTAKE.test(message) }, ...broken];
}

/** `pipeline stage 2: TypeError: … (fix.js:12:5)` */
function slotBroken(scriptPath: string, trace: Trace, { message }: Failure): Broken {
  const text = headline(message, 300);
  return {
    message: text.replace(/ \([^()]*:\d+:\d+\)$/, ''),
    at: placeIn(scriptPath, text),
    trace,
    isMistake: /\b(Type|Reference|Range|Syntax)Error: /.test(text),
  };
}

/** The first place in the script itself; null: in another one's file, or none is named. */
function placeIn(scriptPath: string, stack: string): Broken['at'] {
  for (const [, file, line, column] of stack.matchAll(/([^\s()]+|(?<=\()[^()]+):(\d+):(\d+)\)?/g))
    if (file === scriptPath) return { line: Number(line), column: Number(column) };
  return null;
}

const ADVICE: Readonly<Record<GaveUp, string>> = {
  endless: 'Count the rounds of its loops, or set a budget.',
  restless:
    'It goes on and on without an agent at work: count the rounds of its loops, and try nothing again that is refused.',
  time: 'It computes for long: let an agent do that.',
};

function* endless(traces: readonly Trace[]): Generator<Finding> {
  const lost = traces.filter(({ gaveUp }) => gaveUp !== null);
  const [first] = lost;
  if (!first) return;
  yield {
    severity: 'warning',
    code: REHEARSAL_CODES.endless.code,
    message: `${playsText(lost.length, traces.length)} it did not end and was given up after ${count(first.agents.length, 'agent')} (answers there: ${first.scenario.name}). ${ADVICE[first.gaveUp ?? 'endless']}`,
  };
}

function* caps(traces: readonly Trace[]): Generator<Finding> {
  const capped = traces.flatMap(({ end }) => {
    if (end?.status === 'stopped') return end.reason === 'person' ? [] : [{ how: 'stops it', message: end.message }];
    const refused = end?.failures.find(({ cause }) => cause === 'budget');
    return refused ? [{ how: 'refuses agents', message: refused.message }] : [];
  });
  for (const same of groups(capped, ({ how }) => how)) {
    const [first] = same;
    if (!first) continue;
    yield {
      severity: 'warning',
      code: REHEARSAL_CODES.cap.code,
      message: `${playsText(same.length, traces.length)} a cap ${first.how}: ${headline(first.message, 300)}`,
    };
  }
}

/** Sure where short lists, or those of past runs, lead to it; else a matter of how long a list the agents answer with. */
function* fanOut(traces: readonly Trace[]): Generator<Finding> {
  const [found] = traces
    .flatMap(({ widest, scenario }) => (widest && widest.agents > MANY ? [{ ...widest, scenario }] : []))
    .toSorted((a, b) => itemsOf(a.scenario) - itemsOf(b.scenario) || b.agents - a.agents);
  if (!found) return;
  const { phase, agents, scenario } = found;
  const sure = itemsOf(scenario) <= SHORT_LIST;
  const what = `one step${phase === null ? '' : ` of ${phase}`} asks for ${agents} agents`;
  yield {
    severity: sure ? 'warning' : 'info',
    code: REHEARSAL_CODES.fanOut.code,
    message: sure
      ? `Even with short lists ${what}: slice the list, or give each agent several items, unless that is wanted.`
      : `When an agent lists ${scenario.items} items, ${what}: slice the list if that is too many.`,
  };
}

function itemsOf({ asBefore, items }: Scenario): number {
  return asBefore ? 0 : items;
}

function* idlePhases(script: CheckedScript, traces: readonly Trace[], text: readonly Diagnostic[]): Generator<Finding> {
  if (traces.every(({ end }) => end?.status === 'failed')) return;
  for (const { title } of script.meta.phases) {
    if (traces.some(({ phases }) => phases.has(title))) continue;
    if (text.some(({ code, message }) => code === 'W33-unused-phase' && message.includes(`\`${title}\``))) continue;
    yield {
      severity: 'warning',
      code: REHEARSAL_CODES.phase.code,
      message: `Nothing was done in the phase \`${title}\` in any of ${count(traces.length, 'play')}: can its condition be met?`,
    };
  }
}

function* unanswered(traces: readonly Trace[]): Generator<Finding> {
  const labels = [...new Set(traces.flatMap((trace) => trace.unanswered))];
  if (labels.length === 0) return;
  const named = labels.slice(0, NAMED).map((label) => `\`${label}\``);
  const others = labels.length - named.length;
  yield {
    severity: 'warning',
    code: REHEARSAL_CODES.answer.code,
    message: `No answer could be made up for the schema of ${named.join(', ')}${others > 0 ? ` and ${count(others, 'other agent')}` : ''}: it may contradict itself.`,
  };
}

function playsText(some: number, all: number): string {
  return some === all ? `In all ${count(all, 'play')}` : `In ${some} of ${count(all, 'play')}`;
}

function groups<T>(all: readonly T[], key: (one: T) => string): readonly (readonly T[])[] {
  const found = new Map<string, T[]>();
  for (const one of all) found.set(key(one), [...(found.get(key(one)) ?? []), one]);
  return [...found.values()];
}
