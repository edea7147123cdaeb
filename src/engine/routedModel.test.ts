import { expect, test } from 'vitest';
import { capabilitiesOf } from '../protocol/capabilities.ts';
import { REQUEST } from './model.contract.ts';
import { fakeModel, says } from './model.fake.ts';
import { routedModel } from './routedModel.ts';

const { signal } = new AbortController();

function routes(tools = true) {
  const own = fakeModel([says('own')]);
  const cloud = fakeModel([says('cloud', { model: 'claude-x-20260101' })]);
  const model = routedModel({
    own,
    provider: (name) => (name === 'cloud' ? cloud : null),
    isProvider: (name) => ['cloud', 'editor'].includes(name),
    capabilities: (id) => capabilitiesOf(id, { tools }),
  });
  return { own, cloud, ask: (id: string) => model.reply({ ...REQUEST, model: id }, signal) };
}

test('W25 provider/model sends that call to that provider, under the name the provider knows', async () => {
  const { own, cloud, ask } = routes();
  expect(await ask('cloud/claude-x')).toMatchObject({ kind: 'replied', model: 'cloud/claude-x-20260101' });
  expect(cloud.requests.map(({ model }) => model)).toEqual(['claude-x']);
  expect(own.requests).toHaveLength(0);
});

test.each(['claude-x', 'qwen/qwen3-coder', '/x', 'cloud/'])(
  'W25 %s goes to the session’s own service as it is',
  async (id) => {
    const { own, cloud, ask } = routes();
    expect(await ask(id)).toMatchObject({ kind: 'replied', model: id });
    expect(own.requests.map(({ model }) => model)).toEqual([id]);
    expect(cloud.requests).toHaveLength(0);
  },
);

test('a provider that is not here says so, and asks nobody', async () => {
  const { own, ask } = routes();
  expect(await ask('editor/gpt')).toMatchObject({
    code: 'unknown-model',
    message: expect.stringMatching(/editor/) as unknown,
  });
  expect(own.requests).toHaveLength(0);
});

test('a model that cannot call tools is an error and is not asked without them', async () => {
  const { own, ask } = routes(false);
  expect(await ask('llama')).toMatchObject({
    code: 'invalid',
    message: expect.stringMatching(/choose a model that can/) as unknown,
  });
  expect(own.requests).toHaveLength(0);
});
