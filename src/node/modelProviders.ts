import type { Disposable } from '../base/disposable.ts';
import type { Model } from '../engine/model.ts';
import { routedModel } from '../engine/routedModel.ts';
import { capabilitiesOf, type CapabilitySettings } from '../protocol/capabilities.ts';
import { PRICES } from '../protocol/prices.ts';
import { splitModel } from '../protocol/providers.ts';
import type { ModelPlace } from '../workflow/limiter.ts';
import { PLAIN_NAMES, type ModelNames } from '../workflow/modelNames.ts';
import { createAnthropicModel, type AnthropicModel } from './anthropicModel.ts';
import { createBedrockModel } from './bedrockModel.ts';
import type { ModelSource } from './modelRecord.ts';
import { NO_MODEL_SETTINGS, type ModelSettings } from './modelSettings.ts';
import { idOf, isKnownProvider } from './modelTable.ts';
import type { InstallPlaces } from './ownInstall.ts';
import type { ServiceModel } from './serviceName.ts';
import { createVertexModel } from './vertexModel.ts';

export interface ProviderOptions {
  readonly source: Extract<ModelSource, { kind: 'api' }>;
  readonly places: InstallPlaces;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The editor's own models: `vscode/…`. */
  readonly editorModel?: Model | undefined;
}

/** All services that an engine can ask: one model over them, and what their models are called. */
export interface ModelProviders extends Disposable {
  readonly model: Model;
  /** The session's own service is told what to keep in its prompt cache. */
  readonly caches: boolean;
  readonly names: ModelNames;
  /** For the limiter. */
  readonly placeOf: (model: string) => ModelPlace;
}

/** Nothing is opened before it is asked for the first time. */
export function openProviders(options: ProviderOptions): ModelProviders {
  const { source } = options;
  const settings = source.settings ?? NO_MODEL_SETTINGS;
  const own = createAnthropicModel({ apiKey: source.apiKey, baseURL: source.baseURL });
  const opened = new Map<string, OpenedModel>();
  const isProvider = (name: string): boolean => isKnownProvider(settings, name);
  const provider = (name: string): OpenedModel | null => {
    const known = opened.get(name) ?? openProvider(name, options, settings);
    if (known) opened.set(name, known);
    return known;
  };
  const capabilities = (model: string) =>
    capabilitiesOf(model, saidOf(settings, splitModel(model, isProvider).provider));
  const anthropic = (): AnthropicModel => provider('anthropic') as AnthropicModel;
  return {
    model: routedModel({ own, provider, isProvider, capabilities }),
    caches: own.caches,
    placeOf: (model) => {
      const { provider: named, id } = splitModel(model, isProvider);
      return { service: named === null ? own.service : (provider(named)?.service ?? named), id };
    },
    names: {
      idOf: (name) => idOf(settings, name),
      capabilities,
      missing: async (model, signal) => {
        const { provider: named, id } = splitModel(model, isProvider);
        if (named === null && source.apiKey === undefined && source.baseURL === undefined) {
          return `There is no key for ${model}, which no table maps to another provider.`;
        }
        const listed = named === null ? own : named === 'anthropic' ? anthropic() : null;
        if (listed === null || Object.hasOwn(PRICES, id)) return null;
        return (await listed.hasModel(id, signal)) === false ? `The provider has no model ${id}.` : null;
      },
    },
    dispose: () => {
      own.dispose();
      for (const model of opened.values()) model.dispose?.();
    },
  };
}

/** Whatever a model is called, the simulator plays it, and nothing is spent. */
export function simulatedProvider(
  endpoint: { readonly apiKey: string; readonly baseURL: string } | undefined,
): ModelProviders {
  const model = createAnthropicModel(endpoint);
  const placeOf = (id: string): ModelPlace => ({ service: model.service, id });
  return { model, caches: model.caches, names: PLAIN_NAMES, placeOf, dispose: () => model.dispose() };
}

function saidOf({ providers }: ModelSettings, name: string | null): CapabilitySettings {
  return (name !== null && Object.hasOwn(providers, name) && providers[name]) || {};
}

/** The editor's own name no service, and are not ours to close. */
type OpenedModel = Model & Partial<ServiceModel & Disposable>;

function openProvider(
  name: string,
  { source, places, environment, editorModel }: ProviderOptions,
  { providers }: ModelSettings,
): OpenedModel | null {
  const named = Object.hasOwn(providers, name) ? providers[name] : undefined;
  switch (named?.kind ?? name) {
    case 'anthropic':
      return createAnthropicModel({
        apiKey: (source.baseURL === undefined ? source.apiKey : undefined) ?? environment['ANTHROPIC_API_KEY'],
      });
    case 'vscode':
      return editorModel ?? null;
  }
  switch (named?.kind) {
    case 'messages': {
      const { baseURL, keyVariable } = named;
      const cures = {
        key: keyVariable === undefined ? `name its key's variable in the settings of ${name}` : `set ${keyVariable}`,
        address: `correct the address of ${name} in the settings`,
      };
      const apiKey = keyVariable === undefined ? NO_KEY : environment[keyVariable] || NO_KEY;
      return createAnthropicModel({ apiKey, baseURL, cures });
    }
    case 'bedrock':
      return createBedrockModel({ places, environment, region: named.region, baseURL: named.baseURL });
    case 'vertex':
      return createVertexModel({ places, environment, ...named });
    case undefined:
      if (name === 'bedrock') return createBedrockModel({ places, environment });
      return name === 'vertex' ? createVertexModel({ places, environment }) : null;
  }
}

/** Local servers look at no key, but some want to see one. */
const NO_KEY = 'none';
