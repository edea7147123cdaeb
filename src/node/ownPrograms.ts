import { delimiter, join, resolve, sep } from 'node:path';
import type { Environment } from './agentEnvironment.ts';

/**
 * The environment without this program's own `node_modules` on its PATH. npm puts them there for whatever it starts,
 * and an agent's `npm test` would run under our Node and our tools instead of the person's.
 */
export function withoutOwnPrograms(environment: Environment, packageRoot: string): Environment {
  const own = join(resolve(packageRoot), 'node_modules') + sep;
  const isOwn = (folder: string): boolean => `${resolve(folder)}${sep}`.startsWith(own);
  const entries = Object.entries(environment).map(([name, value]): [string, string | undefined] => {
    if (name.toUpperCase() !== 'PATH' || value === undefined) return [name, value];
    const kept = value.split(delimiter).filter((folder) => folder === '' || !isOwn(folder));
    return [name, kept.join(delimiter)];
  });
  return Object.fromEntries(entries);
}
