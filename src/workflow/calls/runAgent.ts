import { AbortError, isAbort, throwIfAborted } from '../../base/abort.ts';
import type { Json } from '../../protocol/json.ts';
import { clip, headline } from '../../base/text.ts';
import { sinceBegunAnew } from '../../engine/goOn.ts';
import { unheard } from '../../engine/heard.ts';
import type { AgentEnd, AgentKind } from '../../protocol/messages.ts';
import type { AgentCaps, NullCause } from '../../protocol/run.ts';
import type { AgentLife, Verdict, Witness } from '../agentLife.ts';
import { ScriptError } from '../agentOptions.ts';
import { beginAnew } from '../beginAnew.ts';
import { BudgetError } from '../budget.ts';
import type { Claim, JournalEntry } from '../journal.ts';
import type { Seat } from '../ledger.ts';
import type { Slot } from '../pool.ts';
import type { RunContext } from '../runContext.ts';
import { modelOf } from '../agentModel.ts';
import { originOf, type Asked } from './origin.ts';
import { overBudget, refused } from './overBudget.ts';

/** An agent as the script asked for it, whatever its kind. */
export interface AgentCall {
  readonly kind: AgentKind;
  readonly journalKind: 'agent' | 'change';
  readonly scope: string;
  readonly label: string | undefined;
  readonly phase: string | null;
  readonly prompt: string;
  readonly model: string | undefined;
  /** The options that its answer depends on (W42). */
  readonly keyOptions: Json;
  readonly about?: string;
  /** It works in the session's folder itself. */
  readonly inFolder?: boolean;
  readonly asked: Asked;
  readonly caps?: AgentCaps | undefined;
  /** Of its own time, without waits. */
  readonly timeoutMs?: number | undefined;
  /**
   * Runs inside a slot of the pool. It may `record` its value itself, where that must be on disk before something is
   * given up (a worktree); else its value is recorded when it ends.
   */
  body(life: AgentLife, record: RecordValue): Promise<AgentOutcome>;
}

/** Writes a finished call's value to the journal, once; resolves when it is on disk. */
export type RecordValue = (value: Json, sawFolder?: boolean) => Promise<void>;

export type AgentOutcome =
  /** `sawFolder`: it looked at the session's folder, which may change before the value is used again (W42). */
  | { readonly kind: 'value'; readonly value: Json; readonly preview: string; readonly sawFolder?: boolean }
  /** `listed`: it stands in the run's failures already. */
  | { readonly kind: 'null'; readonly cause: NullCause; readonly message: string; readonly listed?: true }
  /**
   * Rejects for the script: `schema` the agent never answered in form, `script` it asked for what it may not have,
   * `budget` the cap left nothing for it.
   */
  | { readonly kind: 'threw'; readonly cause: 'schema' | 'script' | 'budget'; readonly message: string };

export interface AgentAnswer {
  readonly agentId: string;
  /** Null: the agent's fate, listed in the run's failures. */
  readonly value: Json;
}

const LABEL_CHARS = 60;
const PROMPT_HEAD = 300;
const PREVIEW_CHARS = 200;
const SKIPPED = 'A person skipped it in an earlier attempt.';

/** Half an hour: longer than an agent that gets anywhere takes, short enough for a night (X06). */
const DEFAULT_TIMEOUT_MS = 30 * 60_000;

/** An outcome, or what kept the agent from beginning. */
type Conclusion = AgentOutcome | { readonly kind: 'over-budget'; readonly error: BudgetError };

/**
 * One agent from the script's call to its answer: from the journal if it has finished before, else in a slot of the
 * pool, and recorded on disk before the script sees it. One that was interrupted goes on where its transcript ends.
 * Throws ScriptError and BudgetError for the script to catch.
 */
export async function runAgent(run: RunContext, call: AgentCall): Promise<AgentAnswer> {
  const claim = run.journal.claim({
    kind: call.journalKind,
    scope: call.scope,
    prompt: call.prompt,
    options: call.keyOptions,
  });
  const label = call.label ?? headline(call.prompt, LABEL_CHARS);
  const known = (answer: AgentAnswer): AgentAnswer => {
    const { agentId: id, value } = answer;
    const { id: asked, group } = call.asked.effect;
    if (value !== null) run.dataFlow.finished({ id, label, value, call: asked, group });
    return answer;
  };
  if (claim.entry) return known(replay(run, call, label, claim.entry));

  const over = run.ledger.exceeded(call.phase);
  if (over) return refused(run, label, over);
  const interrupted = run.open.unfinished.get(claim.key);
  const agentId = interrupted ?? run.nextAgentId();
  const seat = takeSeat(run, call, label, agentId, interrupted !== undefined);
  queued(run, call, label, agentId, claim.key);
  const record = recorder(run, call, agentId, claim);
  const skips = new Skips(run, agentId, claim.key);
  const agent: Living = { agentId, seat, goesOn: interrupted !== undefined, record, skips };
  const outcome = await lives(run, call, agent).finally(async () => {
    seat.dispose();
    await skips.written();
  });
  return known(await conclude(run, label, agentId, record, outcome));
}

function takeSeat(run: RunContext, call: AgentCall, label: string, agentId: string, goesOn: boolean): Seat {
  const { phase, caps } = call;
  const onTimeUp = (error: BudgetError): void => void run.agents.get(agentId)?.end({ kind: 'over-budget', error });
  try {
    return run.ledger.enter({ agentId, phase, caps, goesOn, onTimeUp });
  } catch (error) {
    if (error instanceof BudgetError) return refused(run, label, error);
    throw error;
  }
}

interface Living {
  readonly agentId: string;
  readonly seat: Seat;
  /** It was interrupted in an earlier attempt. */
  readonly goesOn: boolean;
  readonly record: RecordValue;
  readonly skips: Skips;
}

/** That a person skips an agent is written down when they say so, and holds however its run ends before the agent does. */
class Skips implements Witness {
  readonly #run: RunContext;
  readonly #agentId: string;
  readonly #key: string;
  #written: Promise<void> | null = null;

  constructor(run: RunContext, agentId: string, key: string) {
    this.#run = run;
    this.#agentId = agentId;
    this.#key = key;
  }

  hears(verdict: Verdict): void {
    if (verdict.kind !== 'null' || verdict.cause !== 'skipped') return;
    const entry: JournalEntry = { key: this.#key, kind: 'skip', agentId: this.#agentId, value: null };
    this.#written = this.#run.open.appendJournal(entry);
    // Whoever waits for it hears what went wrong.
    this.#written.catch(() => undefined);
  }

  async written(): Promise<void> {
    await this.#written;
  }
}

/** Until it ends by itself, or a person or its clock ends it. */
async function lives(run: RunContext, call: AgentCall, agent: Living): Promise<Conclusion> {
  const life = begin(run, call, agent);
  try {
    return await run.pool.run(life.signal, (slot) => livesInSlot(run, call, agent, life, slot));
  } catch (error) {
    const ended = endOf(run, life, error);
    if (ended === 'restart') throw error;
    return ended;
  } finally {
    run.agents.over(life);
  }
}

function begin(
  run: RunContext,
  { phase, asked }: AgentCall,
  { agentId, skips }: Living,
  before?: AgentLife,
): AgentLife {
  const { group } = asked.effect;
  const again = before ? { said: before.heard(), anew: true } : {};
  return run.agents.begin({ agentId, phase, group, signal: run.signal, witness: skips, ...again });
}

/** Begun anew as often as a person wants, without another wait for its slot. */
async function livesInSlot(
  run: RunContext,
  call: AgentCall,
  agent: Living,
  first: AgentLife,
  slot: Slot,
): Promise<Conclusion> {
  let life = first;
  try {
    for (;;) {
      const ended = await livesOnce(run, call, agent, life, slot).catch((error: unknown) => {
        // Also when the run ends meanwhile: a resume is to begin it anew.
        if (isAbort(error) && run.signal.aborted && life.verdict?.kind === 'restart') beginAnew(run, life);
        return endOf(run, life, error);
      });
      if (ended !== 'restart') return ended;
      beginAnew(run, life);
      // In the same breath: whoever speaks to it meets one or the other.
      const next = begin(run, call, agent, life);
      run.agents.over(life);
      life = next;
    }
  } finally {
    run.agents.over(life);
  }
}

async function livesOnce(
  run: RunContext,
  call: AgentCall,
  agent: Living,
  life: AgentLife,
  slot: Slot,
): Promise<Conclusion> {
  if (life.isSecond) await slot.again(life.signal);
  else if (agent.goesOn) await recall(run, life);
  throwIfAborted(life.signal);
  life.takes(slot);
  const conclusion = await inSlot(run, call, life, agent);
  tellUnheard(run, life);
  return conclusion;
}

/** What a person or a clock has made of it. Throws what is thrown for another reason. */
function endOf(run: RunContext, { verdict }: AgentLife, error: unknown): Exclude<Verdict, Restart> | 'restart' {
  if (!isAbort(error) || run.signal.aborted || verdict === null) throw error;
  return verdict.kind === 'restart' ? verdict.kind : verdict;
}

type Restart = { readonly kind: 'restart' };

/** Where it was interrupted. Of what it was before it began anew nothing counts, nor is its worktree given back to it. */
async function recall(run: RunContext, life: AgentLife): Promise<void> {
  const past = await run.open.readTranscript(life.agentId);
  const history = sinceBegunAnew(past);
  if (past.length > 0 && history.length === 0) life.forget();
  life.recall(history, unheard(run.open.told.get(life.agentId) ?? [], past));
}

async function inSlot(
  run: RunContext,
  call: AgentCall,
  life: AgentLife,
  { seat, record }: Living,
): Promise<Conclusion> {
  const over = run.ledger.exceeded(call.phase);
  if (over) return { kind: 'over-budget', error: over };
  run.refusals.agentBegan();
  run.recorder.emit({ type: 'agent.started', agentId: life.agentId });
  seat.started();
  const limit = life.limitTo(call.timeoutMs ?? DEFAULT_TIMEOUT_MS, run.pause.runTime);
  const recordOnce: RecordValue = async (value, sawFolder) => {
    life.settle();
    await record(value, sawFolder);
  };
  try {
    const outcome = await call.body(life, recordOnce).catch(scriptMistake);
    life.settle();
    return outcome;
  } finally {
    life.dispose();
    await limit;
  }
}

/** It was told something in its last turn, or when a resume had found it with its answer ready. */
function tellUnheard({ recorder }: RunContext, life: AgentLife): void {
  for (const said of life.heard()) {
    const message = `The agent ${life.agentId} ended before it could read "${preview(said)}".`;
    recorder.emit({ type: 'logged', level: 'warning', message });
  }
}

function recorder(run: RunContext, call: AgentCall, agentId: string, claim: Claim): RecordValue {
  let recording: Promise<void> | undefined;
  return (value, sawFolder) => {
    const entry = { key: claim.key, kind: call.journalKind, agentId, value };
    return (recording ??= run.open.appendJournal(sawFolder === true ? { ...entry, sawFolder } : entry));
  };
}

function scriptMistake(error: unknown): AgentOutcome {
  if (error instanceof ScriptError) return { kind: 'threw', cause: 'script', message: error.message };
  throw error;
}

function replay(run: RunContext, call: AgentCall, label: string, entry: JournalEntry): AgentAnswer {
  const { agentId, value, key } = entry;
  queued(run, call, label, agentId, key);
  if (entry.kind === 'skip') {
    const end = { kind: 'null', cause: 'skipped', message: SKIPPED } as const;
    run.failures.add({ cause: end.cause, message: end.message, label, agentId });
    run.recorder.emit({ type: 'agent.ended', agentId, end, fromJournal: true });
    return { agentId, value: null };
  }
  run.finished.push({ agentId, label, value });
  run.recorder.emit({
    type: 'agent.ended',
    agentId,
    end: { kind: 'done', preview: preview(value) },
    fromJournal: true,
  });
  return { agentId, value };
}

async function conclude(
  run: RunContext,
  label: string,
  agentId: string,
  record: RecordValue,
  outcome: Conclusion,
): Promise<AgentAnswer> {
  const ended = (end: AgentEnd): void => run.recorder.emit({ type: 'agent.ended', agentId, end, fromJournal: false });
  // What finished is kept even when the run was ended meanwhile: it is paid for.
  if (outcome.kind === 'value') await record(outcome.value, outcome.sawFolder);
  if (run.signal.aborted) throw new AbortError(run.signal.reason);
  switch (outcome.kind) {
    case 'value':
      run.finished.push({ agentId, label, value: outcome.value });
      ended({ kind: 'done', preview: clip(outcome.preview, PREVIEW_CHARS) });
      return { agentId, value: outcome.value };
    case 'null':
      if (!outcome.listed) run.failures.add({ cause: outcome.cause, message: outcome.message, label, agentId });
      ended({ kind: 'null', cause: outcome.cause, message: outcome.message });
      return { agentId, value: null };
    case 'threw': {
      const { cause, message } = outcome;
      const thrown = cause === 'budget' ? new BudgetError(message) : new ScriptError(message, 'Error');
      run.failures.add({ cause, message, label, agentId }, thrown);
      ended({ kind: 'threw', message, cause });
      throw thrown;
    }
    case 'over-budget':
      ended({ kind: 'threw', message: outcome.error.message, cause: 'budget' });
      return overBudget(run, label, outcome.error);
  }
}

function queued(run: RunContext, call: AgentCall, label: string, agentId: string, key: string): void {
  run.recorder.emit({
    type: 'agent.queued',
    agentId,
    kind: call.kind,
    label,
    phase: call.phase,
    model: modelOf(run, call.model),
    prompt: clip(call.prompt, PROMPT_HEAD),
    key,
    ...(call.inFolder === true ? { inFolder: true } : {}),
    ...(call.about === undefined ? {} : { about: call.about }),
    ...originOf(run, agentId, call.prompt, call.asked),
  });
}

function preview(value: Json): string {
  return clip(typeof value === 'string' ? value : JSON.stringify(value), PREVIEW_CHARS);
}
