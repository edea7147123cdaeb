import { describe, expect, test } from 'vitest';
import { REQUEST } from '../engine/model.contract.ts';
import { fakeModel, says } from '../engine/model.fake.ts';
import type { ModelReply } from '../engine/model.ts';
import { createAnthropicModel } from './anthropicModel.ts';
import { openProviders, type ProviderOptions } from './modelProviders.ts';
import type { ModelSettings } from './modelSettings.ts';
import { startSimulator, type Simulator, type SimulatorOptions } from './simulator/simulator.ts';

const { signal } = new AbortController();
const places = { home: '/nowhere', packageRoot: '/nowhere' };

async function withSimulator<T>(options: SimulatorOptions, use: (simulator: Simulator) => Promise<T>): Promise<T> {
  const simulator = await startSimulator(options);
  try {
    return await use(simulator);
  } finally {
    await simulator.close();
  }
}

async function ask(model: string, options: Partial<ProviderOptions>, settings?: ModelSettings): Promise<ModelReply> {
  const source = { kind: 'api', apiKey: undefined, baseURL: undefined, ...(settings && { settings }) } as const;
  const providers = openProviders({ source, places, environment: {}, ...options });
  try {
    return await providers.model.reply({ ...REQUEST, model }, signal);
  } finally {
    providers.dispose();
  }
}

describe('keys', () => {
  const local = (baseURL: string): ModelSettings => ({
    providers: { local: { kind: 'messages', baseURL, keyVariable: 'LOCAL_KEY' } },
    modelMap: {},
  });

  test('a provider’s key comes from its own variable, and no other key reaches it', () =>
    withSimulator({ apiKey: 'of-the-local-one' }, async ({ url }) => {
      const good = { LOCAL_KEY: 'of-the-local-one', ANTHROPIC_API_KEY: 'of-anthropic' };
      expect(await ask('local/x', { environment: good }, local(url))).toMatchObject({
        kind: 'replied',
        model: 'local/x',
      });
      const absent = { ANTHROPIC_API_KEY: 'of-the-local-one' };
      expect(await ask('local/x', { environment: absent }, local(url))).toMatchObject({
        code: 'auth',
        message: expect.stringMatching(/: set LOCAL_KEY\./) as unknown,
      });
    }));

  test('without any key, Anthropic’s own is not asked', async () => {
    expect(await ask('anthropic/claude-opus-5-5', {})).toMatchObject({ code: 'auth' });
    expect(await ask('claude-opus-5-5', {})).toMatchObject({ code: 'auth' });
  });
});

test('the editor’s models where there is an editor', async () => {
  const editorModel = fakeModel([says('hello')]);
  expect(await ask('vscode/gpt-x', { editorModel })).toMatchObject({ kind: 'replied', model: 'vscode/gpt-x' });
  expect(editorModel.requests[0]?.model).toBe('gpt-x');
  expect(await ask('vscode/gpt-x', {})).toMatchObject({
    code: 'unknown-model',
    message: expect.stringMatching(/editor/) as unknown,
  });
});

describe('X07 limits are those of an address and a key', () => {
  const KEY = 'sk-mine-alone';
  const placeOf = (model: string, apiKey = KEY, baseURL?: string, settings?: ModelSettings) => {
    const environment = { ANTHROPIC_API_KEY: KEY, TEAM_KEY: KEY, AWS_REGION: 'eu-west-1' };
    const source = { kind: 'api', apiKey, baseURL, ...(settings && { settings }) } as const;
    const providers = openProviders({ source, places, environment });
    try {
      return providers.placeOf(model);
    } finally {
      providers.dispose();
    }
  };
  const team: ModelSettings = {
    providers: {
      team: { kind: 'messages', baseURL: 'https://api.anthropic.com/v1/', keyVariable: 'TEAM_KEY' },
      near: { kind: 'bedrock', region: 'eu-west-1' },
    },
    modelMap: {},
  };

  test.each([
    { name: 'its own provider’s name', one: placeOf('claude-x'), other: placeOf('anthropic/claude-x') },
    { name: 'a name in the settings', one: placeOf('claude-x'), other: placeOf('team/claude-x', 'k', undefined, team) },
    { name: 'a region that is set twice', one: placeOf('bedrock/x'), other: placeOf('near/x', 'k', undefined, team) },
    { name: 'the same from another engine', one: placeOf('qwen/x'), other: placeOf('qwen/x') },
  ])('one place under $name', ({ one, other }) => expect(other).toEqual(one));

  test.each([
    { name: 'key', other: placeOf('claude-x', 'sk-of-another') },
    { name: 'address', other: placeOf('claude-x', KEY, 'http://127.0.0.1:9') },
    { name: 'provider', other: placeOf('bedrock/claude-x') },
    { name: 'provider of the editor', other: placeOf('vscode/claude-x') },
  ])('another service by another $name', ({ other }) => {
    expect(other.id).toBe('claude-x');
    expect(other.service).not.toBe(placeOf('claude-x').service);
  });

  test('the key is not to be read from it', () => expect(placeOf('claude-x').service).not.toContain(KEY));
});

describe('W25 whether a model is there', () => {
  test('the provider’s own list is asked once for an id', () =>
    withSimulator({ models: ['claude-new-7'] }, async (simulator) => {
      const model = createAnthropicModel({ apiKey: 'k', baseURL: simulator.url, listed: true });
      const has = async (id: string) => model.hasModel(id, signal);
      expect([await has('claude-new-7'), await has('claude-gone-1'), await has('claude-gone-1')]).toEqual([
        true,
        false,
        false,
      ]);
      expect(simulator.requests.map(({ path }) => path)).toEqual([
        '/v1/models/claude-new-7',
        '/v1/models/claude-gone-1',
      ]);
      model.dispose();
    }));

  test('a server of one’s own is not asked: ids pass through', () =>
    withSimulator({ models: ['x'] }, async (simulator) => {
      const source = { kind: 'api', apiKey: 'k', baseURL: simulator.url } as const;
      const providers = openProviders({ source, places, environment: {} });
      expect(await providers.names.missing('anything', signal)).toBeNull();
      expect(simulator.count).toBe(0);
      providers.dispose();
    }));

  test('an answer that says nothing of it, and none at all, let the id pass', async () => {
    const model = createAnthropicModel({ apiKey: 'k', baseURL: 'http://127.0.0.1:9', listed: true });
    expect(await model.hasModel('claude-new-7', signal)).toBeNull();
    model.dispose();
    await withSimulator({ apiKey: 'another' }, async ({ url }) => {
      const refused = createAnthropicModel({ apiKey: 'k', baseURL: url, listed: true });
      expect(await refused.hasModel('claude-new-7', signal)).toBeNull();
      refused.dispose();
    });
  });

  test('where the session has no key, a name that nothing maps is said to be missing', async () => {
    const source = { kind: 'api', apiKey: undefined, baseURL: undefined } as const;
    const { names } = openProviders({ source, places, environment: {} });
    expect(await names.missing('claude-haiku-5-5', signal)).toMatch(/no key for claude-haiku-5-5/);
    expect(await names.missing('bedrock/x', signal)).toBeNull();
  });
});
