import { randomUUID } from 'node:crypto';
import * as vscode from 'vscode';
import type { ControlBody } from '../protocol/control.ts';
import { refusalOf } from '../workflow/refusalOf.ts';
import type { KnownRun } from './runHub.ts';

/** Says it to the run, whichever process has it; false when it is not done, which the person has then been told. */
export async function tellRun(run: KnownRun, body: ControlBody): Promise<boolean> {
  const problem = await problemWith(run, body);
  if (problem !== null) void vscode.window.showErrorMessage(problem);
  return problem === null;
}

async function problemWith({ runId, engine, summary }: KnownRun, body: ControlBody): Promise<string | null> {
  if (engine) return refusalOf(engine, { ...body, runId, commandId: randomUUID() });
  const { sendControl } = await import('../node/controlClient.ts');
  const outcome = await sendControl({ runId, dir: summary.dir }, body);
  return outcome.kind === 'accepted' ? null : outcome.message;
}
