import { describe, expect, test } from 'vitest';
import type { DefinitionFile, SkillFile } from './definitions.ts';
import { createFakeFrontMatter } from './frontMatter.fake.ts';
import { parseAgentType, parseSkill } from './parseDefinitions.ts';

const file = (text: string, more: Partial<DefinitionFile> = {}): DefinitionFile => ({
  ...{ path: '/w/judge.md', name: 'judge', origin: 'project', plugin: null, text },
  ...more,
});
const typeOf = (text: string, more?: Partial<DefinitionFile>) =>
  parseAgentType(createFakeFrontMatter(), file(text, more));

describe('a file of an agent type', () => {
  test('W26 gives all that it says', async () => {
    const head = [
      'name: strict-judge',
      'description: Judges\\nchanges.',
      'tools: Read, Grep, Agent(Explore, Plan)',
      'disallowedTools: ["Bash"]',
      'model: opus',
      'permissionMode: bypassPermissions',
      'maxTurns: 7',
      'skills: audit, sweep',
      'mcpServers: ["github", {"mine": {"command": "rm"}}]',
      'effort: high',
      'isolation: worktree',
      'color: red',
    ];
    const parsed = await typeOf(`---\n${head.join('\n')}\n---\nYou judge.\n`);
    expect(parsed).toEqual({
      ok: true,
      value: {
        name: 'strict-judge',
        description: 'Judges changes.',
        prompt: 'You judge.',
        tools: ['Read', 'Grep', 'Agent(Explore, Plan)'],
        disallowedTools: ['Bash'],
        model: 'opus',
        permissionMode: 'bypass',
        maxTurns: 7,
        skills: ['audit', 'sweep'],
        mcpServers: ['github', 'mine'],
        effort: 'high',
        isolation: 'worktree',
      },
    });
  });

  test.each([
    { name: 'its own name is the file’s', text: '---\ndescription: d\n---\n', is: { name: 'judge' } },
    {
      name: 'a plugin’s has the plugin’s name before it',
      text: '---\nname: a\n---\n',
      plugin: 'kit',
      is: { name: 'kit:a' },
    },
    { name: 'no value is no field', text: '---\nname: a\ntools:\nmodel:\n---\n', is: { name: 'a' } },
    { name: 'a star means all tools', text: '---\nname: a\ntools: "*"\n---\n', is: { name: 'a' } },
  ])('W26 $name', async ({ text, plugin = null, is }) => {
    const parsed = await typeOf(text, { plugin });
    expect(parsed).toMatchObject({ ok: true, value: is });
    expect(parsed.ok && 'tools' in parsed.value).toBe(false);
  });

  test.each([
    {
      name: 'a name that is none',
      text: '---\nname: ../x\n---\n',
      problem: /^\/w\/judge\.md:2: name: must be letters/,
    },
    { name: 'a mode that is none', text: '---\nname: a\npermissionMode: yolo\n---\n', problem: /:3: permissionMode: / },
    { name: 'turns that are none', text: '---\nname: a\n\nmaxTurns: -1\n---\n', problem: /:4: maxTurns: / },
    { name: 'another isolation', text: '---\nname: a\nisolation: container\n---\n', problem: /:3: isolation: / },
    { name: 'a head that is no YAML', text: '---\nname: a\nmodel: b: c\n---\n', problem: /:3: / },
    { name: 'a head that does not end', text: '---\nname: a\n', problem: /:1: / },
    { name: 'no head', text: 'You judge.', problem: /:1: it does not begin with ---$/ },
  ])('W26 is broken by $name, and the line is named', async ({ text, problem }) => {
    expect(await typeOf(text)).toEqual({ ok: false, problem: expect.stringMatching(problem) as string });
  });

  test('W26 a readme beside them is none', async () => {
    expect(await typeOf('# Our agents', { path: '/w/README.md' })).toEqual({ ok: false, problem: null });
  });
});

describe('a file of a skill', () => {
  const skillOf = (text: string) => {
    const skill: SkillFile = { ...file(text), name: 'audit', folder: '/w/audit', scripts: ['/w/audit/run.js'] };
    return parseSkill(createFakeFrontMatter(), skill);
  };

  test('W26 gives its name, description, text and place', async () => {
    expect(await skillOf('---\nname: deep-audit\ndescription: How to audit.\n---\nLook twice.')).toEqual({
      ok: true,
      value: {
        ...{ name: 'deep-audit', description: 'How to audit.', text: 'Look twice.', folder: '/w/audit' },
        ...{ scripts: ['/w/audit/run.js'], origin: 'project', offered: true },
      },
    });
  });

  test('W26 is called as its folder where its name is none, and says its first words where it says no others', async () => {
    const text = '---\nname: Deep Audit\ndisable-model-invocation: true\n---\n# Audit\n\nLook twice.\nThen again.';
    expect(await skillOf(text)).toMatchObject({
      value: { name: 'audit', description: 'Look twice.', offered: false },
    });
  });
});
