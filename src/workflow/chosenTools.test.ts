import { describe, expect, test } from 'vitest';
import type { Tool } from '../engine/tool.ts';
import { chosenTools } from './chosenTools.ts';
import type { AgentType } from './definitions.ts';
import type { RunContext } from './runContext.ts';
import type { SubagentTask } from './subagent.ts';

const READING = new Set(['Read', 'Grep']);
const ALL = ['Read', 'Grep', 'Edit', 'Bash', 'mcp__hub__list', 'mcp__hub__push', 'mcp__other__do'].map(
  (name): Tool => ({
    spec: { name, description: '', inputSchema: {} },
    readOnly: READING.has(name),
    prepare: async () => ({ kind: 'invalid', message: 'never called' }),
  }),
);

type Kind = Partial<AgentType> & { readonly given?: SubagentTask['options']; readonly under?: SubagentTask };

function task({ given = {}, under, ...type }: Kind): SubagentTask {
  return {
    role: 'agent',
    type: { name: 'judge', description: '', prompt: '', ...type },
    workspace: { root: '/work', cwd: '/work', ownsRoot: false, readOnly: false },
    options: given,
    prompt: 'Do it.',
    ...(under ? { under: { task: under } } : {}),
  };
}

function chosen(kind: Kind): { readonly names: readonly string[]; readonly warnings: readonly string[] } {
  const warnings = new Map<string, string>();
  const run = {
    open: { manifest: { permissionMode: 'default' } },
    warnOnce: (key: string, message: string) => warnings.set(key, message),
  } as unknown as RunContext;
  const names = chosenTools(run, task(kind), ALL).map(({ spec }) => spec.name);
  return { names, warnings: [...warnings.values()] };
}

const every = ALL.map(({ spec }) => spec.name);

describe('the tools of an agent', () => {
  test.each<{ name: string; kind: Kind; names: readonly string[] }>([
    { name: 'are all, where nobody says otherwise', kind: {}, names: every },
    {
      name: 'are those of both lists',
      kind: { tools: ['Read', 'Edit'], given: { tools: ['Edit', 'Bash'] } },
      names: ['Edit'],
    },
    {
      name: 'are none of either that is taken away',
      kind: { disallowedTools: ['Bash'], given: { tools: ['Bash', 'Read', 'Edit'], disallowedTools: ['Edit'] } },
      names: ['Read'],
    },
    { name: 'may be those of a server', kind: { tools: ['mcp__hub'] }, names: ['mcp__hub__list', 'mcp__hub__push'] },
    { name: 'may be named by a pattern', kind: { tools: ['mcp__*__do', 'Re*'] }, names: ['Read', 'mcp__other__do'] },
    {
      name: 'are of the servers that the type names',
      kind: { mcpServers: ['other'], disallowedTools: ['Bash', 'Edit'] },
      names: ['Read', 'Grep', 'mcp__other__do'],
    },
    { name: 'only read where the type does', kind: { readOnly: true }, names: ['Read', 'Grep'] },
    {
      name: 'are never more than those of the agent that started it',
      kind: { under: task({ tools: ['Read', 'Bash'], under: task({ given: { disallowedTools: ['Bash'] } }) }) },
      names: ['Read'],
    },
  ])('W26 $name', ({ kind, names }) => expect(chosen(kind).names).toEqual(names));

  test('W26 a pattern of many stars takes no time', () => {
    expect(chosen({ tools: [`${'R*e'.repeat(40)}x`] }).names).toEqual([]);
  });

  test('W26 unknown names are told once, with those there are; servers that are not started yet may be named', () => {
    const { warnings } = chosen({ tools: ['Raed', 'Task', 'mcp__later__x'], given: { disallowedTools: ['Skill'] } });
    expect(warnings).toEqual([
      `There is no tool Raed (agent type judge). Known: ${every.join(', ')}, Agent, AskUser, Skill, StructuredOutput.`,
    ]);
  });
});
