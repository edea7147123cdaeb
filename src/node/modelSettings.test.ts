import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { NO_MODEL_SETTINGS, parseModelSettings, readModelSettings } from './modelSettings.ts';
import { idOf, isElsewhere } from './modelTable.ts';

const ollama = { kind: 'messages', baseURL: 'http://localhost:11434' };

test('providers of every kind', () => {
  const providers = {
    ollama: { ...ollama, tools: true, contextWindow: 32_000 },
    gateway: { kind: 'messages', baseURL: 'https://gateway.example/llm', keyVariable: 'GATEWAY_KEY' },
    bedrock: { kind: 'bedrock', region: 'eu-central-1' },
    'vertex.eu': { kind: 'vertex', project: 'p', region: 'europe-west1' },
  };
  const modelMap = { haiku: 'ollama/qwen3' };
  expect(parseModelSettings({ providers, modelMap })).toEqual({ ok: true, settings: { providers, modelMap } });
  expect(parseModelSettings({})).toEqual({ ok: true, settings: NO_MODEL_SETTINGS });
});

test.each([
  {
    name: 'no address',
    value: { providers: { a: { kind: 'messages', baseURL: 'localhost' } } },
    says: /providers\.a\.baseURL: must be an address/,
  },
  { name: 'a file', value: { providers: { a: { kind: 'messages', baseURL: 'file:///etc/passwd' } } }, says: /baseURL/ },
  { name: 'a key in the settings', value: { providers: { a: { ...ollama, apiKey: 'sk-1' } } }, says: /apiKey/ },
  {
    name: 'a key for a variable',
    value: { providers: { a: { ...ollama, keyVariable: 'sk-ant-1' } } },
    says: /name of an environment variable/,
  },
  { name: 'a name that is taken', value: { providers: { anthropic: ollama } }, says: /taken/ },
  { name: 'a name with a slash', value: { providers: { 'a/b': ollama } }, says: /letters, digits/ },
  { name: 'an unknown kind', value: { providers: { a: { kind: 'openai' } } }, says: /providers\.a\.kind/ },
  { name: 'no object', value: [], says: /the settings/ },
])('$name is a mistake with its place, and quotes no value', ({ value, says }) => {
  const parsed = parseModelSettings(value);
  expect(parsed).toMatchObject({ ok: false, problems: [expect.stringMatching(says)] });
  expect(JSON.stringify(parsed)).not.toMatch(/sk-/);
});

test('the file of the command line: none, a good one, a broken one', async () => {
  const home = await mkdtemp(join(tmpdir(), 'dynamic-workflows-models-'));
  try {
    expect(await readModelSettings(home)).toEqual({ ok: true, settings: NO_MODEL_SETTINGS });
    await writeFile(join(home, 'models.json'), JSON.stringify({ providers: { ollama } }));
    expect(await readModelSettings(home)).toEqual({ ok: true, settings: { providers: { ollama }, modelMap: {} } });
    await writeFile(join(home, 'models.json'), '{');
    expect(await readModelSettings(home)).toMatchObject({
      ok: false,
      problems: [expect.stringMatching(/models\.json is no JSON/)],
    });
  } finally {
    await rm(home, { recursive: true, force: true });
  }
});

test.each([
  { name: 'opus', id: 'bedrock/us.anthropic.claude-opus-5' },
  { name: 'gpt-4', id: 'claude-haiku-5-5' },
  { name: 'haiku', id: 'claude-haiku-5-5' },
  { name: 'claude-fable-5-2', id: 'ollama/qwen3' },
  { name: 'fable', id: 'ollama/qwen3' },
  { name: 'constructor', id: 'constructor' },
])('W25 the table makes $name $id', ({ name, id }) => {
  const modelMap = { opus: 'bedrock/us.anthropic.claude-opus-5', 'gpt-4': 'haiku', 'claude-fable-5-2': 'ollama/qwen3' };
  expect(idOf({ providers: {}, modelMap }, name)).toBe(id);
});

test('a model of another provider needs no key of the session’s own', () => {
  const parsed = parseModelSettings({ providers: { ollama }, modelMap: { sonnet: 'ollama/qwen3' } });
  const settings = parsed.ok ? parsed.settings : NO_MODEL_SETTINGS;
  expect(['sonnet', 'ollama/x', 'vscode/copilot', 'bedrock/x'].map((name) => isElsewhere(settings, name))).toEqual([
    true,
    true,
    true,
    true,
  ]);
  expect(['opus', 'qwen/qwen3', 'toString/x'].map((name) => isElsewhere(settings, name))).toEqual([
    false,
    false,
    false,
  ]);
});
