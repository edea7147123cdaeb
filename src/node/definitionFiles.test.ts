import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CONTRACT_DEFINITIONS, definitionsContract } from '../workflow/definitions.contract.ts';
import { fileDefinitions } from './definitionFiles.ts';

let folder = '';
let home = '';
let cwd = '';

beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'dwf-definitions-')));
  [home, cwd] = [join(folder, 'home'), join(folder, 'project')];
  await Promise.all([mkdir(home), mkdir(cwd)]);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function put(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}

const read = () => fileDefinitions(home).read(cwd);

definitionsContract('the disk', async () => {
  const { agents, personalAgents, skills, personalSkills } = CONTRACT_DEFINITIONS;
  for (const [place, types] of [[cwd, agents] as const, [home, personalAgents] as const])
    for (const [name, text] of Object.entries(types)) await put(join(place, '.claude', 'agents', `${name}.md`), text);
  for (const [place, known] of [[cwd, skills] as const, [home, personalSkills] as const])
    for (const [name, text] of Object.entries(known))
      await put(join(place, '.claude', 'skills', name, 'SKILL.md'), text);
  return { definitions: fileDefinitions(home), cwd };
});

describe('agent types and skills on the disk', () => {
  test('W26 those of the repository count in its subfolders too', async () => {
    await mkdir(join(cwd, '.git'));
    await put(join(cwd, '.claude', 'agents', 'judge.md'), 'a judge');
    const { agents } = await fileDefinitions(home).read(join(cwd, 'deep', 'down'));
    expect(agents.map(({ name, path }) => [name, path])).toEqual([
      ['judge', join(cwd, '.claude', 'agents', 'judge.md')],
    ]);
  });

  test('W26 in the home folder each file counts once, as the person’s', async () => {
    await put(join(home, '.claude', 'agents', 'judge.md'), 'a judge');
    const { agents } = await fileDefinitions(home).read(home);
    expect(agents.map(({ origin }) => origin)).toEqual(['personal']);
  });

  test('W26 a repository cannot have files read that lie outside of it', async () => {
    await put(join(folder, 'secret'), 'the key');
    await put(join(folder, 'elsewhere', 'SKILL.md'), 'the key');
    await mkdir(join(cwd, '.claude', 'agents'), { recursive: true });
    await mkdir(join(cwd, '.claude', 'skills'));
    await symlink(join(folder, 'secret'), join(cwd, '.claude', 'agents', 'spy.md'));
    await symlink(join(folder, 'elsewhere'), join(cwd, '.claude', 'skills', 'spy'));
    const { agents, skills, warnings } = await read();
    expect([...agents, ...skills]).toEqual([]);
    expect(warnings).toEqual([
      `${join(cwd, '.claude', 'agents', 'spy.md')} leads out of ${cwd}: it is not used.`,
      `${join(cwd, '.claude', 'skills', 'spy', 'SKILL.md')} leads out of ${cwd}: it is not used.`,
    ]);
  });

  test.each([
    { name: 'to a file at its root', link: 'skills/x/SKILL.md', target: '../../../README.md' },
    { name: 'to a folder of it', link: 'skills/x', target: '../../docs' },
    { name: 'to a file among the skills', link: 'skills/x/SKILL.md', target: '../README.md' },
    { name: 'for all skills', link: 'skills', target: '../..' },
  ])('W26 a repository’s link $name opens no more of it than its skills', async ({ link, target }) => {
    for (const at of ['README.md', 'SKILL.md', 'docs/SKILL.md', '.claude/README.md']) await put(join(cwd, at), 'text');
    if (link !== 'skills') await put(join(cwd, '.claude', 'skills', 'README.md'), 'text');
    const path = join(cwd, '.claude', link);
    await mkdir(dirname(path), { recursive: true });
    await symlink(target, path);
    const { skills, warnings } = await read();
    expect(skills).toEqual([]);
    expect(warnings).toEqual([expect.stringMatching(/SKILL\.md leads out of .*skills: it is not used\.$/)]);
  });

  test('W26 a repository may keep its skills in another folder of its own', async () => {
    await put(join(cwd, '.agents', 'skills', 'tidy', 'SKILL.md'), 'Tidy up.');
    await mkdir(join(cwd, '.claude'));
    await symlink('../.agents/skills', join(cwd, '.claude', 'skills'));
    const { skills } = await read();
    expect(skills).toMatchObject([{ name: 'tidy', folder: join(cwd, '.agents', 'skills', 'tidy') }]);
  });

  test('W26 a person may keep skills elsewhere and link to them', async () => {
    await put(join(folder, 'dotfiles', 'tidy', 'SKILL.md'), 'Tidy up.');
    await mkdir(join(home, '.claude', 'skills'), { recursive: true });
    await symlink(join(folder, 'dotfiles', 'tidy'), join(home, '.claude', 'skills', 'tidy'));
    const { skills } = await read();
    expect(skills).toMatchObject([{ name: 'tidy', folder: join(folder, 'dotfiles', 'tidy') }]);
  });

  test('W26 pipes, folders and files that are too large are left out with a warning', async () => {
    const agents = join(cwd, '.claude', 'agents');
    await put(join(agents, 'large.md'), 'x'.repeat(64 * 1024 + 1));
    await mkdir(join(agents, 'folder.md'));
    execFileSync('/bin/sh', ['-c', 'mkfifo "$0"', join(agents, 'pipe.md')]);
    const found = await read();
    expect(found.agents).toEqual([]);
    expect(found.warnings).toEqual([
      `${join(agents, 'folder.md')} is no regular file: it is not used.`,
      `${join(agents, 'large.md')} is larger than 64 KiB: it is not used.`,
      `${join(agents, 'pipe.md')} is no regular file: it is not used.`,
    ]);
  });

  test('W26 a skill’s workflow scripts are found by what they are, not by what they are called', async () => {
    const skill = join(cwd, '.claude', 'skills', 'audit');
    await put(join(skill, 'SKILL.md'), 'How to audit.');
    await put(join(skill, 'workflow.js'), "// Audits.\nexport const meta = { name: 'audit', description: 'd' };");
    await put(join(skill, 'lib.js'), 'export const other = 1;');
    const { skills } = await read();
    expect(skills[0]?.scripts).toEqual([join(skill, 'workflow.js')]);
  });
});

describe('plugins', () => {
  async function install(id: string, more: object = {}): Promise<string> {
    const installPath = join(home, '.claude', 'plugins', 'cache', 'market', id, '1.0.0');
    await put(join(installPath, 'agents', 'auditor.md'), 'an auditor');
    await put(join(installPath, 'skills', 'sweep', 'SKILL.md'), 'Sweep.');
    const plugins = { [`${id}@market`]: [{ scope: 'user', installPath, version: '1.0.0', ...more }] };
    await put(join(home, '.claude', 'plugins', 'installed_plugins.json'), JSON.stringify({ version: 2, plugins }));
    return installPath;
  }
  const enable = (place: string, on: boolean) =>
    put(join(place, '.claude', 'settings.json'), JSON.stringify({ enabledPlugins: { 'kit@market': on } }));
  const found = async () => {
    const { agents, skills } = await read();
    return [...agents, ...skills].map(({ plugin, name }) => `${plugin ?? ''}:${name}`);
  };

  test('W26 an installed plugin gives its agents and skills once it is switched on', async () => {
    await install('kit');
    expect(await found()).toEqual([]);
    await enable(home, true);
    expect(await found()).toEqual(['kit:auditor', 'kit:sweep']);
    await enable(cwd, false);
    expect(await found()).toEqual([]);
  });

  test('W26 a plugin of another project is none of this one', async () => {
    await enable(home, true);
    await install('kit', { scope: 'project', projectPath: join(folder, 'other') });
    expect(await found()).toEqual([]);
    await install('kit', { scope: 'project', projectPath: cwd });
    expect(await found()).toEqual(['kit:auditor', 'kit:sweep']);
  });

  test('W26 the older list of plugins is read, one that is broken is none', async () => {
    const installPath = await install('kit');
    await enable(home, true);
    const registry = join(home, '.claude', 'plugins', 'installed_plugins.json');
    await put(registry, JSON.stringify({ version: 1, plugins: { 'kit@market': { installPath } } }));
    expect(await found()).toEqual(['kit:auditor', 'kit:sweep']);
    await put(registry, '{"plugins": 7');
    expect(await found()).toEqual([]);
  });
});
