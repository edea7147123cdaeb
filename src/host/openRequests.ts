import { randomUUID } from 'node:crypto';
import * as vscode from 'vscode';
import type { RunState } from '../projection/state.ts';
import type { Reply } from '../protocol/wire.ts';
import type { KnownRun, RunHub } from './runHub.ts';

/** A run of this window whose agents or script wait for a person. */
export interface AskingRun {
  readonly runId: string;
  readonly name: string;
  readonly state: RunState;
}

/** Runs that can be answered from here: their engines are this window's. */
export function askingRuns(hub: RunHub): readonly AskingRun[] {
  return hub
    .runs()
    .flatMap(({ runId, engine, state, summary }) =>
      engine && state && state.questions.length + state.asked.length > 0
        ? [{ runId, name: summary.workflowName, state }]
        : [],
    );
}

export function isOpen(hub: RunHub, runId: string, requestId: string): boolean {
  const run = hub.get(runId);
  return run?.engine !== null && (run?.state ? requestIds(run.state).includes(requestId) : false);
}

/** The way of every answer, wherever it was given. */
export function answerRequest(hub: RunHub, runId: string, reply: Reply): void {
  if (!isOpen(hub, runId, reply.requestId)) sayNotOpen(hub, runId, reply.requestId);
  else hub.get(runId)?.engine?.dispatch({ ...reply, commandId: randomUUID(), runId });
}

/** For whoever answers too late, or in the wrong place. */
export function sayNotOpen(hub: RunHub, runId: string, requestId: string): void {
  void vscode.window.showInformationMessage(whyNotOpen(hub.get(runId), requestId));
}

function whyNotOpen(run: KnownRun | undefined, requestId: string): string {
  const elsewhere = run?.alive === true && run.engine === null;
  if (elsewhere && run.state && requestIds(run.state).includes(requestId))
    return `${run.summary.workflowName} runs in another window or terminal (process ${run.summary.pid ?? 'unknown'}). Answer it there.`;
  return 'That is no longer asked: it was answered, or it took too long.';
}

function requestIds({ questions, asked }: RunState): readonly string[] {
  return [...questions, ...asked].map(({ requestId }) => requestId);
}
