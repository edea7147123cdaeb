import { headline } from '../../base/text.ts';
import { listWorkflowFiles, type LibraryFolders } from '../../node/library.ts';
import type { SlashEntry } from '../../protocol/sessionWire.ts';
import { checkScript } from '../../workflow/script/checkScript.ts';
import { SLASH_COMMANDS } from '../../workflow/session/slash.ts';
import { openFolders } from '../places.ts';

/** What can be typed after a slash: the commands of every session, and the workflows that run in the open folder. */
export async function slashEntries(folders: LibraryFolders): Promise<readonly SlashEntry[]> {
  const commands = Object.entries(SLASH_COMMANDS).map(([name, { usage, about }]) => ({ name, usage, about }));
  const [cwd] = openFolders();
  const files = cwd === undefined ? [] : await listWorkflowFiles(cwd, folders);
  const workflows = files.flatMap(({ name, path, bytes }): readonly SlashEntry[] => {
    const checked = checkScript(bytes, path);
    const about = checked.ok ? headline(checked.script.meta.description, 200) : '';
    return checked.ok ? [{ name, usage: `/${name} [args]`, about }] : [];
  });
  return [...commands, ...workflows];
}
