import type { Clock } from '../../engine/ports.ts';
import type { Tool } from '../../engine/tool.ts';
import type { Commands } from '../../workflow/commands.ts';
import { NO_SPILL, type Spill } from '../spills.ts';
import { createBashTool } from './bash.ts';
import { createDiagnosticsTool, createProjectCheckTool } from './diagnostics.ts';
import { createEditTool } from './edit.ts';
import type { EditorIntelligence } from './editorIntelligence.ts';
import { createGlobTool } from './glob.ts';
import { createGrepTool } from './grep.ts';
import { createReadTool } from './read.ts';
import { createSymbolsTool } from './symbols.ts';
import type { Workspace } from './workspace.ts';
import { createWriteTool } from './write.ts';

export interface ToolsOptions {
  /** The agent's working directory: absolute, symlinks resolved. */
  readonly root: string;
  readonly commands: Commands;
  readonly clock: Pick<Clock, 'sleep'>;
  /** Path of a ripgrep to use instead of our own. */
  readonly ripgrep?: string;
  /** False for files that Grep must not show although their folder may be searched. Default: all are. */
  readonly readable?: (path: string) => boolean;
  /** Where what is too long to be told is kept. Default: nowhere. */
  readonly spill?: Spill;
  /** The editor's language servers. Default: there is no editor. */
  readonly editor?: EditorIntelligence;
}

/** The tools of one agent. They remember which files it has read, so that two agents never share a set. */
export function createTools(options: ToolsOptions): readonly Tool[] {
  const { root, commands, clock, ripgrep, readable = () => true, spill = NO_SPILL } = options;
  const workspace: Workspace = { root, seen: new Map() };
  return [
    createReadTool(workspace),
    createGlobTool(workspace, spill),
    createGrepTool(workspace, { clock, ripgrep: ripgrep ?? null, readable, spill }),
    createEditTool(workspace),
    createWriteTool(workspace),
    createBashTool(root, commands, spill),
    createSymbolsTool(workspace, { editor: options.editor, ripgrep: ripgrep ?? null, readable }),
    options.editor ? createDiagnosticsTool(workspace, options.editor) : createProjectCheckTool(root, commands),
  ];
}
