import { realpath, rm, stat } from 'node:fs/promises';
import type { Clock } from '../../engine/ports.ts';
import type { CommandPlace, Commands } from '../../workflow/commands.ts';
import { isInside } from '../platformShell.ts';
import { createBackgroundCommands, type BackgroundCommands } from './backgroundCommands.ts';
import { shownPath } from './workspace.ts';

/** What one agent's commands have in common: the folder they begin in, and what runs beside them. */
export interface AgentShell {
  readonly commands: Commands;
  readonly place: CommandPlace;
  readonly background: BackgroundCommands;
  /** Where its first command begins. */
  readonly start: string;
  /** Where a command would begin now. */
  folder(): Promise<string>;
  /** Where the next command begins. `note`: for the model, when that is not where the last one ended. */
  begin(): Promise<{ readonly cwd: string; readonly note: string | null }>;
  /** Takes over where a command ended; the note tells the model when the next one begins elsewhere than this did. */
  ended(folder: string | undefined): Promise<string | null>;
  /** Ends all that still runs and removes its temporary folder. */
  end(): Promise<void>;
}

export interface AgentShellOptions {
  /** Where its first command begins; absolute, symlinks resolved. */
  readonly start: string;
  readonly place: CommandPlace;
  readonly commands: Commands;
  readonly clock: Pick<Clock, 'sleep'>;
}

/** The folder never leaves `place.root`: what a command says of itself is looked up. */
export function createAgentShell({ start, place, commands, clock }: AgentShellOptions): AgentShell {
  const background = createBackgroundCommands(commands, clock);
  let cwd = start;
  let used = false;
  const isUsable = async (folder: string): Promise<boolean> =>
    isInside(place.root, folder) && (await realpath(folder).catch(() => null)) === folder && isFolder(folder);
  const folder = async (): Promise<string> => (cwd === start || (await isUsable(cwd)) ? cwd : start);
  return {
    commands,
    place,
    background,
    start,
    folder,
    begin: async () => {
      used = true;
      if ((await folder()) === cwd) return { cwd, note: null };
      const gone = shownPath(place.root, cwd);
      cwd = start;
      return { cwd, note: `[Your working directory ${gone} is gone; this ran in ${start}.]` };
    },
    ended: async (left) => {
      if (left === undefined || left === cwd) return null;
      if (!(await isUsable(left))) {
        cwd = start;
        return `[Your working directory is ${start} again: it cannot be ${left}, outside of ${place.root}.]`;
      }
      cwd = left;
      return `[Your working directory is now ${left}.]`;
    },
    end: async () => {
      await background.end();
      if (used && place.temporary !== undefined) await rm(place.temporary, { recursive: true, force: true });
    },
  };
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (info) => info.isDirectory(),
    () => false,
  );
}
