import { expect, test } from 'vitest';
import { resolveModel } from '../../protocol/models.ts';
import { familyOf, voterModels } from './voterModels.ts';

const AUTHOR = resolveModel('sonnet');

test.each([
  {
    name: 'another family alone',
    models: ['sonnet', 'openai/gpt-5', 'opus', 'gemini-2.5-pro'],
    voters: ['openai/gpt-5', 'gemini-2.5-pro'],
  },
  { name: 'else another model', models: ['sonnet', 'opus', 'haiku'], voters: ['opus', 'haiku'] },
  { name: 'else whoever is named', models: ['sonnet'], voters: ['sonnet'] },
  {
    name: 'the same by another road is the same',
    models: ['eu.anthropic.claude-opus-4-1-v1:0', 'ollama/llama3.1'],
    voters: ['ollama/llama3.1'],
  },
])('X02 who judges: $name', ({ models, voters }) => {
  expect(voterModels(models, AUTHOR, resolveModel)).toEqual(voters);
});

test.each([
  ['claude-sonnet-4-5', 'claude'],
  ['bedrock/anthropic.claude-3-haiku', 'claude'],
  ['openrouter/openai/gpt-5', 'gpt'],
  ['phi4:latest', 'phi'],
  ['simulated', 'simulated'],
])('X02 the family of %s is %s', (id, family) => {
  expect(familyOf(id)).toBe(family);
});
