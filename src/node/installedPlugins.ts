import { isAbsolute, join } from 'node:path';
import * as z from 'zod';
import { parseJson } from './ndjson.ts';
import { readSmallFile } from './smallFile.ts';

export interface InstalledPlugin {
  /** Without its marketplace: what stands before the colon in `plugin:name`. */
  readonly name: string;
  readonly folder: string;
}

/**
 * Both layouts that are in use: a list of installations a plugin, or (older) one. `plugin@marketplace` is the key.
 * https://code.claude.com/docs/en/plugins-reference
 */
const installation = z.object({
  installPath: z.string(),
  scope: z.string().optional(),
  projectPath: z.string().optional(),
});
const registry = z.object({
  plugins: z.record(z.string(), z.union([z.array(installation), installation.transform((one) => [one])])),
});
const settings = z.object({ enabledPlugins: z.record(z.string(), z.boolean()).default({}) });

const MAX_BYTES = 1024 * 1024;
const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;

/**
 * The person's plugins that are installed and switched on, for them or for one of these project folders (nearest first).
 * Without the registry, or with one of another form, there are none.
 */
export async function installedPlugins(home: string, projects: readonly string[]): Promise<readonly InstalledPlugin[]> {
  const installed = await parsedFile(join(home, '.claude', 'plugins', 'installed_plugins.json'), registry);
  if (installed === null) return [];
  const isEnabled = await switches(home, projects);
  return Object.entries(installed.plugins).flatMap(([id, installations]) => {
    const name = id.split('@', 1)[0] ?? '';
    const usable = installations.find(
      ({ projectPath, installPath }) =>
        isAbsolute(installPath) && (projectPath === undefined || projects.includes(projectPath)),
    );
    return usable !== undefined && NAME.test(name) && isEnabled(id) ? [{ name, folder: usable.installPath }] : [];
  });
}

/** The nearest settings that name a plugin say whether it is on; one that nobody names is not. */
async function switches(home: string, projects: readonly string[]): Promise<(id: string) => boolean> {
  const files = [
    ...projects.flatMap((folder) => [
      join(folder, '.claude', 'settings.local.json'),
      join(folder, '.claude', 'settings.json'),
    ]),
    join(home, '.claude', 'settings.json'),
  ];
  const read = await Promise.all(files.map((file) => parsedFile(file, settings)));
  return (id) => read.map((file) => file?.enabledPlugins[id]).find((on) => on !== undefined) ?? false;
}

async function parsedFile<T>(path: string, schema: z.ZodType<T>): Promise<T | null> {
  const file = await readSmallFile(path, MAX_BYTES, null);
  if (file.kind !== 'read') return null;
  const parsed = schema.safeParse(parseJson(file.text));
  return parsed.success ? parsed.data : null;
}
