import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { isMissing } from '../node/errno.ts';
import type { ModelSource } from '../node/modelRecord.ts';
import { readModelSettings, type ModelSettings } from '../node/modelSettings.ts';
import { isElsewhere } from '../node/modelTable.ts';
import type { ModelRecord } from '../workflow/runStore.ts';
import { CommandError } from './commandError.ts';
import type { Io } from './io.ts';
import { homeOf } from './places.ts';

export interface ModelFlags {
  readonly 'base-url'?: string | undefined;
  /** Empty: the simulator's own rules. */
  readonly simulate?: string | undefined;
}

/** Local servers look at no key, but some want to see one. */
const NO_KEY = 'none';

/** For `parseFlags`. */
export const MODEL_FLAGS = {
  'base-url': { type: 'string' },
  simulate: { type: 'string' },
} as const;

export const NO_MODEL =
  'There is no model to ask: set ANTHROPIC_API_KEY (or --base-url for a server of your own), or add --simulate to try it without one.';

/**
 * The flags win, then what a resumed run used, then the environment. A base URL needs no key: local servers have none; and
 * neither does a `model` that another provider has.
 */
export async function chooseModel(
  io: Io,
  flags: ModelFlags,
  record?: ModelRecord,
  model = defaultModel(io),
): Promise<ModelSource> {
  if (flags.simulate !== undefined && flags['base-url'] !== undefined) {
    throw new CommandError('--simulate and --base-url exclude each other: leave one out.');
  }
  if (flags.simulate !== undefined)
    return simulated(flags.simulate === '' ? null : await readRules(io, flags.simulate));
  const given = flags['base-url'];
  if (given === undefined && record?.kind === 'simulated') return simulated(record.rulesText);
  const apiKey = io.env['ANTHROPIC_API_KEY'] || undefined;
  const recorded = record?.kind === 'api' ? record.baseURL : null;
  const baseURL = given ?? recorded ?? (io.env['ANTHROPIC_BASE_URL'] || undefined);
  if (baseURL !== undefined) checkUrl(baseURL);
  const settings = await modelSettings(io);
  if (apiKey === undefined && baseURL === undefined) {
    if (!isElsewhere(settings, model)) throw new CommandError(NO_MODEL);
    return { kind: 'api', apiKey, baseURL, settings };
  }
  return { kind: 'api', apiKey: apiKey ?? NO_KEY, baseURL, settings };
}

/** Id or alias for runs that name none. */
export function defaultModel(io: Io): string {
  return io.env['ANTHROPIC_MODEL'] || 'sonnet';
}

async function modelSettings(io: Io): Promise<ModelSettings> {
  const read = await readModelSettings(homeOf(io));
  if (!read.ok) throw new CommandError(read.problems.map((problem) => `models.json: ${problem}`));
  return read.settings;
}

/** The text of a rules file that the simulator accepts. */
export async function readRules(io: Io, file: string): Promise<string> {
  const path = resolve(io.cwd, file);
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new CommandError(
      isMissing(error) ? `There is no rules file ${path}.` : `The rules file ${path} cannot be read.`,
    );
  });
  const { parseRules } = await import('../node/simulator/simulator.ts');
  const parsed = parseRules(text);
  if (!parsed.ok) throw new CommandError(parsed.errors.map((error) => `${path}: ${error}`));
  return text;
}

function simulated(rulesText: string | null): ModelSource {
  return { kind: 'simulate', ...(rulesText === null ? {} : { rulesText }) };
}

function checkUrl(text: string): void {
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return;
  throw new CommandError(`The base URL is an address such as http://localhost:11434, not "${text}".`);
}
