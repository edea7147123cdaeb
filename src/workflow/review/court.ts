import type { ChangedFile } from '../../protocol/change.ts';
import type { JsonSchema } from '../../protocol/conversation.ts';
import type { AgentLife } from '../agentLife.ts';
import { modelOf } from '../agentModel.ts';
import type { ReviewOptions } from '../agentOptions.ts';
import { outcomeOf } from '../calls/agentCall.ts';
import type { Asked } from '../calls/origin.ts';
import { runAgent, type AgentAnswer, type AgentOutcome } from '../calls/runAgent.ts';
import { withScratchWorktree, worktreeWorkspace } from '../calls/workspaces.ts';
import type { RunContext } from '../runContext.ts';
import type { Effect } from '../sandbox.ts';
import type { SubagentEnd, SubagentTask } from '../subagent.ts';
import type { Lease } from '../worktrees.ts';
import { voterModels } from './voterModels.ts';

/** What is reviewed: the commits from `base` to `commit`. */
export interface ReviewSubject {
  /** Of its author's change, or of what else there is to name it by. */
  readonly id: string;
  /** For labels: what it does, in a line. */
  readonly title: string;
  /** What its author was asked to do. */
  readonly task: string;
  readonly base: string;
  readonly commit: string;
  readonly files: readonly ChangedFile[];
  readonly diff: string;
  /** The model that wrote it. */
  readonly author: string;
}

/** One review under way. */
export interface Court {
  readonly run: RunContext;
  readonly subject: ReviewSubject;
  readonly options: Pick<ReviewOptions, 'lenses' | 'votes' | 'model' | 'models'>;
  readonly phase: string | null;
  /** The script's call behind it. */
  readonly effect: Asked['effect'] & Pick<Effect, 'scope'>;
}

export interface Judge {
  readonly role: 'reviewer' | 'skeptic';
  readonly label: string;
  readonly prompt: string;
  readonly schema: JsonSchema;
  /** The agent whose change or whose finding it judges. */
  readonly about: string;
  readonly model: string | undefined;
  /** Lets it speak in a scratch copy of its own; what comes back is its answer. */
  readonly hear: (session: Session) => Promise<SubagentEnd>;
}

/** One judge in its scratch copy. */
export interface Session {
  readonly life: AgentLife;
  readonly lease: Lease;
  readonly task: Pick<SubagentTask, 'role' | 'workspace' | 'options' | 'restored'>;
}

/**
 * Asks one reviewer or skeptic. Each has a context and a worktree at the change's commit of its own: it sees neither the
 * author's reasoning nor what another judge wrote, and nothing that it writes stays. Throws BudgetError, as any call.
 */
export function askJudge({ run, subject, phase, effect }: Court, judge: Judge): Promise<AgentAnswer> {
  const { role, label, prompt, schema, about, model } = judge;
  const body = async (life: AgentLife): Promise<AgentOutcome> => {
    const hear = async (lease: Lease): Promise<AgentOutcome> => {
      const workspace = worktreeWorkspace(lease);
      const end = await judge.hear({
        life,
        lease,
        task: { role, workspace, options: { schema, model }, restored: false },
      });
      // A judge that cannot answer in form has no say; the script did nothing wrong. A cap is the script's to know.
      return end.kind === 'threw' && end.cause === 'schema'
        ? { kind: 'null', cause: 'refused', message: end.message }
        : outcomeOf(end);
    };
    return withScratchWorktree(run, `${role}-${subject.id}`, subject.commit, hear, life);
  };
  return runAgent(run, {
    kind: role,
    journalKind: 'agent',
    scope: effect.scope,
    label,
    phase,
    prompt,
    model,
    keyOptions: { role, schema, model: model ?? null },
    about,
    asked: { effect },
    body,
  });
}

/** The n-th voter's model: of another family than the author's where the script names one; undefined: the run's. */
export function judgeModel({ run, options, subject }: Court, role: Judge['role'], n: number): string | undefined {
  const { model, models } = options;
  if (models === undefined || (role === 'reviewer' && model !== undefined)) return model;
  const voters = voterModels(models, subject.author, (name) => modelOf(run, name));
  return voters[n % voters.length];
}
