import { cpSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Role } from '../../../engine/prompts.ts';
import type { Change, Finding } from '../../../protocol/change.ts';
import type { JsonSchema } from '../../../protocol/conversation.ts';
import { findingsPrompt, refutePrompt } from '../../../workflow/review/reviewPrompts.ts';
import type { Stage } from './playAgent.fake.ts';
import { runCommand } from './playAgent.fake.ts';
import type { ScriptGlobals } from './playScript.fake.ts';

const FINDINGS: JsonSchema = { type: 'object', properties: { findings: { type: 'array' } }, required: ['findings'] };
const VOTE: JsonSchema = {
  type: 'object',
  properties: { verdict: { enum: ['upheld', 'refuted', 'abstained'] }, reason: { type: 'string' } },
  required: ['verdict', 'reason'],
};
const BRANCH = 'workflow/run/integration';

type Found = Pick<Finding, 'path' | 'line' | 'severity' | 'title' | 'body'> & { readonly quote: string };

export interface PlayedRun extends ScriptGlobals, Disposable {
  /** Every tool call of every agent. */
  readonly calls: string[];
  /** Kept or refuted. */
  readonly findings: Finding[];
  /** Where the fixes land. */
  readonly landed: string;
}

/** The runtime's part, as small as it can be: folders for worktrees, copied files for merges. The agents are real. */
export function playRun(stage: Stage, project: string): PlayedRun {
  const home = realpathSync(mkdtempSync(join(tmpdir(), 'played-run-')));
  const landed = join(home, 'landed');
  cpSync(project, landed, { recursive: true });
  const calls: string[] = [];
  const findings: Finding[] = [];
  const tasks = new Map<string, string>();

  async function play(role: Role, prompt: string, cwd: string, schema?: JsonSchema): Promise<unknown> {
    const played = await stage.play({ role, prompt, cwd, ...(schema ? { schema } : {}) });
    calls.push(...played.calls);
    return played.answer;
  }

  async function change(prompt: string, verify: string): Promise<Change | null> {
    const id = `a${tasks.size + 1}`;
    tasks.set(id, prompt);
    const folder = join(home, id);
    cpSync(project, folder, { recursive: true });
    const summary = String(await play('author', prompt, folder));
    if (!(await runCommand(verify, folder)).ok) return null;
    const { output } = await runCommand(`git diff --no-index ${project}/src ${folder}/src`, home);
    const diff = output.replaceAll(`a${project}/`, 'a/').replaceAll(`b${folder}/`, 'b/');
    const paths = [...diff.matchAll(/^\+\+\+ b\/(.+)$/gm)].map(([, path = '']) => path);
    const files = paths.map((path) => ({ path, status: 'modified' as const, additions: 1, deletions: 1 }));
    return { id, summary, branch: `workflow/run/${id}`, base: 'base', commit: id, files, diff };
  }

  async function doubt(change: Change, found: Found): Promise<Finding> {
    const prompt = refutePrompt({ ...change, task: '' }, found);
    const cast = (await Promise.all([1, 2, 3].map(() => play('skeptic', prompt, join(home, change.id), VOTE)))) as {
      verdict: string;
      reason: string;
    }[];
    const count = (verdict: string): number => cast.filter((vote) => vote.verdict === verdict).length;
    const votes = { upheld: count('upheld'), refuted: count('refuted'), abstained: count('abstained') };
    return { ...found, lens: 'correctness', votes, reasons: cast.map(({ reason }) => reason) };
  }

  return {
    calls,
    findings,
    landed,
    agent: (prompt, { schema, base }) => play('agent', prompt, base === BRANCH ? landed : project, schema),
    change: (prompt, { verify = 'true' }) => change(prompt, verify),
    review: async (made) => {
      const prompt = findingsPrompt({ ...made, task: tasks.get(made.id) ?? '' }, 'correctness');
      const answer = (await play('reviewer', prompt, join(home, made.id), FINDINGS)) as { findings: Found[] };
      const doubted = await Promise.all(answer.findings.map((found) => doubt(made, found)));
      findings.push(...doubted);
      const kept = doubted.filter(({ votes }) => votes.refuted < 2);
      return { approved: kept.length === 0, findings: kept };
    },
    land: async ({ id, files }, { verify = 'true' }) => {
      for (const { path } of files) cpSync(join(home, id, path), join(landed, path));
      const { ok, output } = await runCommand(verify, landed);
      return ok ? { status: 'landed', commit: id, branch: BRANCH } : { status: 'verify-failed', log: output };
    },
    [Symbol.dispose]: () => rmSync(home, { recursive: true, force: true }),
  };
}
