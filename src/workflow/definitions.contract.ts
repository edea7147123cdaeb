import { expect, test } from 'vitest';
import type { Definitions } from './definitions.ts';

/** The files that an implementation has for the contract, by name. */
export const CONTRACT_DEFINITIONS = {
  agents: { shared: '---\nname: shared\n---\nOf the project.', own: 'no head' },
  personalAgents: { shared: '---\nname: shared\n---\nOf the person.' },
  skills: { both: 'Of the project.', tidy: 'Tidy up.' },
  personalSkills: { both: 'Of the person.' },
} as const;

export function definitionsContract(
  name: string,
  begin: () => Promise<{ readonly definitions: Definitions; readonly cwd: string }>,
): void {
  test(`W26 ${name} gives agents with the project's first, and skills with the person's first`, async () => {
    const { definitions, cwd } = await begin();
    const { agents, skills, warnings } = await definitions.read(cwd);
    const told = (files: typeof agents) => files.map((file) => [file.origin, file.name, file.text.split('\n').at(-1)]);
    expect(told(agents).filter(([, file]) => file === 'shared')).toEqual([
      ['project', 'shared', 'Of the project.'],
      ['personal', 'shared', 'Of the person.'],
    ]);
    expect(told(agents)).toContainEqual(['project', 'own', 'no head']);
    expect(told(skills)).toEqual([
      ['personal', 'both', 'Of the person.'],
      ['project', 'both', 'Of the project.'],
      ['project', 'tidy', 'Tidy up.'],
    ]);
    expect(skills.map(({ folder, path }) => path === `${folder}/SKILL.md`)).toEqual([true, true, true]);
    expect(warnings).toEqual([]);
  });
}
