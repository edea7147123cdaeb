import type { Clock } from '../../engine/ports.ts';
import { createTodoWriteTool } from '../../engine/todoWrite.ts';
import type { Tool } from '../../engine/tool.ts';
import type { CommandPlace, Commands } from '../../workflow/commands.ts';
import { createPdfText, type PdfText } from '../pdf/pdfText.ts';
import { NO_SPILL, type Spill } from '../spills.ts';
import { createAgentShell } from './agentShell.ts';
import { createBashOutputTool, createKillShellTool } from './backgroundTools.ts';
import { createBashTool } from './bash.ts';
import { createDiagnosticsTool, createProjectCheckTool } from './diagnostics.ts';
import { createEditTool } from './edit.ts';
import type { EditorIntelligence } from './editorIntelligence.ts';
import { createGlobTool } from './glob.ts';
import { createGrepTool } from './grep.ts';
import { createMultiEditTool } from './multiEdit.ts';
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
  /** False for files that Grep must not show although it may search `asked`. Default: all are. */
  readonly readable?: (path: string, asked: string) => boolean;
  /** Reads PDFs, one at a time; all agents share one. Default: one of its own. */
  readonly pdf?: PdfText;
  /** Where what is too long to be told is kept. Default: nowhere. */
  readonly spill?: Spill;
  /** What its commands may reach. Default: `root`. */
  readonly place?: CommandPlace;
  /** True when commands run without a question as long as they are confined. Default: they ask. */
  readonly runsConfined?: () => Promise<boolean>;
  /** The editor's language servers. Default: there is no editor. */
  readonly editor?: EditorIntelligence;
}

/** The tools of one agent. They remember which files it has read, so that two agents never share a set. */
export function createTools(options: ToolsOptions): readonly Tool[] {
  const {
    root,
    commands,
    clock,
    ripgrep,
    readable = () => true,
    spill = NO_SPILL,
    pdf = createPdfText({ clock }),
  } = options;
  const workspace: Workspace = { root, seen: new Map() };
  const place = options.place ?? { root };
  const shell = createAgentShell({ start: root, place, commands, clock });
  return [
    createReadTool(workspace, pdf),
    createGlobTool(workspace, spill),
    createGrepTool(workspace, { clock, ripgrep: ripgrep ?? null, readable, spill }),
    createEditTool(workspace),
    createMultiEditTool(workspace),
    createWriteTool(workspace),
    createBashTool(shell, { spill, ...(options.runsConfined ? { runsConfined: options.runsConfined } : {}) }),
    createBashOutputTool(shell.background),
    createKillShellTool(shell.background),
    createTodoWriteTool(),
    createSymbolsTool(workspace, { editor: options.editor, ripgrep: ripgrep ?? null, readable }),
    options.editor ? createDiagnosticsTool(workspace, options.editor) : createProjectCheckTool(root, commands),
  ];
}
