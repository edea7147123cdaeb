import * as vscode from 'vscode';
import { formatUsd } from '../projection/cost.ts';
import type { KnownRun, RunHub } from './runHub.ts';

/** The argument is a row of the list, a run's id, or nothing: then the person picks one. */
export type Handler = (argument: unknown) => Promise<unknown>;

/** The run that a command is about; undefined when there is none, which the person has then been told. */
export async function runOf(
  hub: RunHub,
  argument: unknown,
  what: string,
  fits: (run: KnownRun) => boolean,
): Promise<KnownRun | undefined> {
  const runId = runIdOf(argument) ?? (await pickRun(hub, what, fits));
  if (runId === null) return undefined;
  // One that another process has just begun is not in the list yet.
  if (!hub.get(runId)) await hub.look();
  const run = hub.get(runId);
  if (!run) void vscode.window.showErrorMessage(`There is no run ${runId}.`);
  return run;
}

export function runIdOf(argument: unknown): string | null {
  if (typeof argument === 'string') return argument;
  return textMember(argument, 'runId');
}

export function agentIdOf(argument: unknown): string | null {
  return textMember(argument, 'agentId');
}

/** The place of a phase among those that its run shows. */
export function phaseIndexOf(argument: unknown): number | null {
  const value = member(argument, 'index');
  return typeof value === 'number' ? value : null;
}

async function pickRun(hub: RunHub, what: string, fits: (run: KnownRun) => boolean): Promise<string | null> {
  await hub.look();
  const runs = hub.runs().filter(fits);
  if (runs.length === 0) {
    void vscode.window.showInformationMessage('There is no such run here. Start one with “Workflows: Run Workflow”.');
    return null;
  }
  const items = runs.map(({ runId, summary, status }) => ({
    runId,
    label: summary.workflowName,
    description: [status, ...(summary.usage ? [formatUsd(summary.usage.usd)] : [])].join(' · '),
    detail: `${new Date(summary.createdAt).toLocaleString()}, in ${summary.cwd}`,
  }));
  const picked = await vscode.window.showQuickPick(items, { placeHolder: `${what} which run?` });
  return picked?.runId ?? null;
}

function textMember(argument: unknown, name: string): string | null {
  const value = member(argument, name);
  return typeof value === 'string' ? value : null;
}

function member(argument: unknown, name: string): unknown {
  if (typeof argument !== 'object' || argument === null || !(name in argument)) return undefined;
  return Object.entries(argument).find(([key]) => key === name)?.[1];
}
