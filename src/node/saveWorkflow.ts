import { lstat, mkdir, readFile, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { checkScript } from '../workflow/script/checkScript.ts';
import { describeDiagnostic } from '../workflow/script/describeDiagnostic.ts';
import { isMissing } from './errno.ts';
import { repositoryRoot } from './library.ts';
import { RUN_FILES, writeWhole } from './runFiles.ts';

export interface SaveRequest {
  /** The run's folder. */
  readonly runDir: string;
  /** `project`: `.claude/workflows` of the folder's repository, `personal`: the person's own. */
  readonly to: 'project' | 'personal';
  /** The run's. */
  readonly cwd: string;
  /** The person's own folder of workflows, absolute. */
  readonly personal: string;
  /** Absent: the name in the script's `meta`. */
  readonly name?: string | undefined;
  /** Replaces a file of the name. */
  readonly replace?: boolean | undefined;
}

export type Saved =
  | { readonly kind: 'saved'; readonly path: string; readonly name: string }
  /** There is another one of that name. */
  | { readonly kind: 'exists'; readonly path: string; readonly name: string }
  | { readonly kind: 'refused'; readonly message: string };

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

/**
 * Keeps a run's script as a workflow that can be run by its name. Links are not followed: a repository could make one that
 * leads to a person's own files.
 */
export async function saveWorkflow(request: SaveRequest): Promise<Saved> {
  const script = await readFile(join(request.runDir, RUN_FILES.script), 'utf8').catch(nullWhenMissing);
  if (script === null) return { kind: 'refused', message: 'The run has no script.' };
  const checked = checkScript(script, RUN_FILES.script);
  if (!checked.ok)
    return {
      kind: 'refused',
      message: checked.errors.map((error) => describeDiagnostic(RUN_FILES.script, error)).join('\n'),
    };
  const name = request.name ?? checked.script.meta.name;
  if (!NAME.test(name))
    return { kind: 'refused', message: `"${name}" is no name for a file: letters, digits, dot, dash and underscore.` };
  const folder = await folderFor(request);
  if (typeof folder !== 'string') return folder;
  const path = join(folder, `${name}.js`);
  const there = await lstat(path).catch(nullWhenMissing);
  if (there && !there.isFile()) return { kind: 'refused', message: `${path} is no regular file; it is left as it is.` };
  if (there && (await readFile(path, 'utf8')) === script) return { kind: 'saved', path, name };
  if (there && request.replace !== true) return { kind: 'exists', path, name };
  await writeWhole(path, script);
  return { kind: 'saved', path, name };
}

/** Made where it is missing, link by link looked at. */
async function folderFor({ to, cwd, personal }: SaveRequest): Promise<string | Extract<Saved, { kind: 'refused' }>> {
  if (to === 'personal') {
    await mkdir(personal, { recursive: true });
    return realpath(personal);
  }
  let folder = await realpath((await repositoryRoot(cwd)) ?? cwd);
  for (const part of ['.claude', 'workflows']) {
    folder = join(folder, part);
    await mkdir(folder).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    });
    if (!(await lstat(folder)).isDirectory())
      return {
        kind: 'refused',
        message: `${folder} is no folder of its own but a link or a file; nothing is written there.`,
      };
  }
  return folder;
}

function nullWhenMissing(error: unknown): null {
  if (isMissing(error)) return null;
  throw error;
}
