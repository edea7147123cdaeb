import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { ModelFailure } from '../engine/model.ts';

/** Where a package of a person's own choice may be: this program's folder of the person, or beside the program. */
export interface InstallPlaces {
  /** `~/.dynamic-workflows`. */
  readonly home: string;
  readonly packageRoot: string;
}

export interface OwnPackage {
  readonly exports: unknown;
  /** Resolves from inside the package: what it depends on is beside it and not beside us. */
  readonly require: (name: string) => unknown;
}

/**
 * A package that is not part of this program. Never looked for in the folder that is worked on: what a repository brings
 * along must not run here. The failure says what to install, and where.
 */
export function ownInstall(name: string, purpose: string, places: InstallPlaces): OwnPackage | ModelFailure {
  const folder = [places.home, places.packageRoot]
    .map((place) => join(place, 'node_modules', ...name.split('/')))
    .find((path) => existsSync(join(path, 'package.json')));
  const cure = `npm install --prefix ${shellWord(places.home)} ${name}`;
  if (folder === undefined)
    return unusable(`${purpose} needs the package ${name}, which is not installed: run ${cure}`);
  try {
    const require = createRequire(join(folder, 'package.json'));
    return { exports: require(folder) as unknown, require: (wanted) => require(wanted) as unknown };
  } catch (error) {
    const why = error instanceof Error ? error.message.split('\n', 1)[0] : String(error);
    return unusable(`The package ${name} in ${folder} cannot be loaded (${why}): run ${cure}`);
  }
}

/** As fatal as a model that does not exist: no request can succeed until a person has installed it. */
export function unusable(message: string): ModelFailure {
  return { kind: 'failed', code: 'unknown-model', message };
}

function shellWord(path: string): string {
  return /^[\w@%+=:,./\\-]+$/.test(path) ? path : JSON.stringify(path);
}
