import * as vscode from 'vscode';
import type { RunCaps } from '../protocol/run.ts';
import { capLine, capsOfLine } from '../workflow/capLine.ts';

const FORM = 'Caps such as 500k, $5, 1000 agents, 30 minutes or 20k per agent, with commas between them.';

/**
 * The caps that a run which a cap has stopped goes on with: those that the person names; the others stay. Null when they
 * gave up.
 */
export async function askResumeCaps(name: string, now: RunCaps): Promise<RunCaps | null> {
  const line = await vscode.window.showInputBox({
    title: `Resume ${name}: Higher Caps`,
    prompt: `A cap stopped this run. ${FORM} What is used already is included; what is not named stays as it is.`,
    value: capLine(now),
    ignoreFocusOut: true,
    validateInput: (entered) => (capsOfLine(entered) === null ? FORM : undefined),
  });
  return line === undefined ? null : capsOfLine(line);
}
