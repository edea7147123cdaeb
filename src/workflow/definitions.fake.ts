import type { DefinitionFile, DefinitionFiles, Definitions, SkillFile } from './definitions.ts';

interface Written {
  /** Of the project, by name. */
  readonly agents?: Readonly<Record<string, string>>;
  readonly skills?: Readonly<Record<string, string>>;
  /** Of the person, by name. */
  readonly personalAgents?: Readonly<Record<string, string>>;
  readonly personalSkills?: Readonly<Record<string, string>>;
}

/** Files that are in no folder: the project's in `<cwd>/.claude`, the person's in `/home/.claude`. */
export function createFakeDefinitions(written: Written = {}): Definitions {
  const files = (texts: Written['agents'], place: string, origin: DefinitionFile['origin']): DefinitionFile[] =>
    Object.entries(texts ?? {}).map(([name, text]) => ({
      ...{ path: `${place}/agents/${name}.md`, name, origin, plugin: null, text },
    }));
  const skills = (texts: Written['skills'], place: string, origin: DefinitionFile['origin']): SkillFile[] =>
    Object.entries(texts ?? {}).map(([name, text]) => {
      const folder = `${place}/skills/${name}`;
      return { path: `${folder}/SKILL.md`, name, origin, plugin: null, text, folder, scripts: [] };
    });
  return {
    read: async (cwd): Promise<DefinitionFiles> => ({
      agents: [
        ...files(written.agents, `${cwd}/.claude`, 'project'),
        ...files(written.personalAgents, '/home/.claude', 'personal'),
      ],
      skills: [
        ...skills(written.personalSkills, '/home/.claude', 'personal'),
        ...skills(written.skills, `${cwd}/.claude`, 'project'),
      ],
      warnings: [],
    }),
  };
}
