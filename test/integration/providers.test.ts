import { describe, expect, test } from 'vitest';
import type { ModelSettings, ProviderSettings } from '../../src/node/modelSettings.ts';
import { startSimulator, type Simulator } from '../../src/node/simulator/simulator.ts';
import { resultOf, script, withBench, type Bench, type Played } from '../support/engine.ts';

/** A run whose person has a second server, `local`. */
async function withLocal<T>(
  use: (bench: Bench, local: Simulator) => Promise<T>,
  more: Partial<ProviderSettings> = {},
  modelMap: Readonly<Record<string, string>> = {},
): Promise<T> {
  const local = await startSimulator({ rules: [{ reply: { text: 'from the local one' } }] });
  const provider = { kind: 'messages', baseURL: local.url, ...more } as ProviderSettings;
  const models: ModelSettings = { providers: { local: provider }, modelMap };
  try {
    return await withBench({ rules: [{ reply: { text: 'from the own one' } }], models }, (bench) => use(bench, local));
  } finally {
    await local.close();
  }
}

const warnings = ({ events }: Played): string[] =>
  events.flatMap((event) => (event.type === 'logged' && event.level === 'warning' ? [event.message] : []));
const asked = ({ requests }: Simulator): string[] => requests.map(({ model }) => model);

describe('W25 a model by provider', () => {
  test('W25 one call goes to the provider that it names, all others to the session’s own', () =>
    withLocal(async ({ play, simulator }, local) => {
      const played = await play(
        script(
          `return [await agent('a', {model: 'local/qwen/qwen3'}), await agent('b'), await agent('c', {model: 'qwen/x'})];`,
        ),
      );
      expect(resultOf(played)).toEqual(['from the local one', 'from the own one', 'from the own one']);
      expect(asked(local)).toEqual(['qwen/qwen3']);
      expect(asked(simulator)).toEqual(['claude-sonnet-5-5', 'qwen/x']);
    }));

  test('W25 a server of one’s own is sent no beta, no thread and no cache mark, and its own key alone', () =>
    withLocal(async ({ play }, local) => {
      await play(script(`return agent('a', {model: 'local/qwen3'});`));
      const [request] = local.requests;
      expect(Object.keys(request?.headers ?? {}).filter((name) => name.includes('beta'))).toEqual([]);
      expect(JSON.stringify(request?.body)).not.toMatch(/cache_control|thread|betas/);
      expect(JSON.stringify(request?.headers)).not.toContain('test-key');
    }));

  test('W25 the person’s table says what an alias and a foreign id stand for', () =>
    withLocal(
      async ({ play, simulator }, local) => {
        await play(script(`return [await agent('a', {model: 'haiku'}), await agent('b', {model: 'gpt-5'})];`));
        expect(asked(local)).toEqual(['qwen3', 'qwen3']);
        expect(simulator.count).toBe(0);
      },
      {},
      { haiku: 'local/qwen3', 'gpt-5': 'local/qwen3' },
    ));

  test('W25 effort is ignored with one warning where the model has none, and sent where it has', () =>
    withLocal(async ({ play, simulator }, local) => {
      const played = await play(
        script(
          `const ask = (model) => agent('a ' + model, {model, effort: 'max'});
           return [await ask('local/qwen3'), await agent('again', {model: 'local/qwen3', effort: 'low'}), await ask('opus')];`,
        ),
      );
      expect(warnings(played)).toEqual(['local/qwen3 has no choice of effort; the option is ignored.']);
      expect(local.requests.map(({ body }) => (body as Record<string, unknown>)['output_config'])).toEqual([
        undefined,
        undefined,
      ]);
      expect((simulator.requests[0]?.body as Record<string, unknown>)['output_config']).toEqual({ effort: 'max' });
    }));

  test('W25 a model that cannot call tools fails its agent, with what to do', () =>
    withLocal(
      async ({ play }, local) => {
        const played = await play(script(`return [await agent('a', {model: 'local/tiny'}), await agent('b')];`));
        expect(resultOf(played)).toEqual([null, 'from the own one']);
        expect(played.end.failures).toMatchObject([
          {
            cause: 'api',
            message: expect.stringMatching(/local\/tiny cannot call tools.*choose a model that can/) as unknown,
          },
        ]);
        expect(local.count).toBe(0);
      },
      { tools: false },
    ));

  test('W35 what another provider takes has no price here: under a cap in money it is not asked', () =>
    withLocal(async ({ play }, local) => {
      const played = await play(
        script(`return agent('a', {model: 'local/claude-sonnet-5-5'}).catch((error) => error.message);`),
        { caps: { usd: 1 } },
      );
      expect(resultOf(played)).toMatch(/price/);
      expect(local.count).toBe(0);
    }));

  test('X07 a provider that fails holds nobody else up', () =>
    withLocal(async ({ play }, local) => {
      await local.close();
      const played = await play(script(`return parallel([() => agent('a', {model: 'local/x'}), () => agent('b')]);`));
      expect(resultOf(played)).toEqual([null, 'from the own one']);
    }));
});
