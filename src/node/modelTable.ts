import { resolveModel } from '../protocol/models.ts';
import { BUILT_IN_PROVIDERS, splitModel } from '../protocol/providers.ts';
import type { ModelSettings } from './modelSettings.ts';

/** The id for a name (W25): the person's table knows best, also of aliases. */
export function idOf({ modelMap }: ModelSettings, name: string): string {
  const id = resolveModel(name);
  const mapped = Object.hasOwn(modelMap, name)
    ? modelMap[name]
    : Object.hasOwn(modelMap, id)
      ? modelMap[id]
      : undefined;
  return mapped === undefined ? id : resolveModel(mapped);
}

/** True when a model of this name is asked somewhere else than at the session's own service, which then needs no key. */
export function isElsewhere(settings: ModelSettings, name: string): boolean {
  return splitModel(idOf(settings, name), (provider) => isKnownProvider(settings, provider)).provider !== null;
}

export function isKnownProvider({ providers }: ModelSettings, name: string): boolean {
  return Object.hasOwn(providers, name) || BUILT_IN_PROVIDERS.some((known) => known === name);
}
