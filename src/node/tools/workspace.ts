import { isAbsolute, relative } from 'node:path';
import type { ToolOutcome } from '../../engine/tool.ts';
import { resolvePath, similarNames, type FileVersion } from '../files.ts';

/** What the tools of one agent share: its working directory, and the files it has seen and in which state. */
export interface Workspace {
  /** Absolute, symlinks resolved. */
  readonly root: string;
  readonly seen: Map<string, FileVersion>;
}

/** Where a path of a call leads. */
export interface Target {
  /** Absolute, symlinks resolved: what permission is asked for, and what is opened. */
  readonly path: string;
  /** For people and the model: relative to the root where it is inside. */
  readonly shown: string;
  /** False when the way leads elsewhere by now; a person may have taken minutes to answer. */
  stillLeadsThere(): Promise<boolean>;
}

export async function locate(workspace: Workspace, path: string): Promise<Target> {
  const resolved = await resolvePath(workspace.root, path);
  return {
    path: resolved,
    shown: shownPath(workspace.root, resolved),
    stillLeadsThere: async () => (await resolvePath(workspace.root, path)) === resolved,
  };
}

export function shownPath(root: string, path: string): string {
  const inside = relative(root, path);
  if (inside === '') return '.';
  return inside.startsWith('..') || isAbsolute(inside) ? path : inside;
}

export function refused(message: string): ToolOutcome {
  return { kind: 'error', message };
}

export function movedAway(target: Target): ToolOutcome {
  return refused(`${target.shown}: the path leads elsewhere than when the call was checked. Send the call again.`);
}

export function changedMeanwhile(target: Target): ToolOutcome {
  return refused(`${target.shown} was changed by somebody else just now. Read it again, then send the call again.`);
}

export async function missing(target: Target): Promise<ToolOutcome> {
  const names = await similarNames(target.path);
  const advice =
    names.length > 0 ? `Did you mean ${names.join(' or ')}, in the same folder?` : 'Find its path with Glob.';
  return refused(`${target.shown} does not exist. ${advice}`);
}

export function notRegular(target: Target): ToolOutcome {
  return refused(`${target.shown} is a pipe, socket or device, not a file.`);
}
