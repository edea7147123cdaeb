import { settleAll } from '../base/settleAll.ts';
import { AgentTypes, type NamedType } from './agentTypes.ts';
import type { AgentType, DefinitionFile, Definitions, Skill } from './definitions.ts';
import type { FrontMatter } from './frontMatter.ts';
import { fullName, parseAgentType, parseSkill, type Parsed } from './parseDefinitions.ts';

/** What a project and its person keep for agents, as it was when the run's attempt began. */
export interface RunKit {
  readonly types: AgentTypes;
  /** By name. */
  readonly skills: ReadonlyMap<string, Skill>;
}

interface KitDeps {
  readonly definitions: Definitions;
  readonly frontMatter: FrontMatter;
}

/** What is wrong in a file takes away that file alone. */
export async function readKit(
  { definitions, frontMatter }: KitDeps,
  cwd: string,
): Promise<{ readonly kit: RunKit; readonly warnings: readonly string[] }> {
  const files = await definitions.read(cwd);
  const agents = await settleAll(files.agents.map((file) => parseAgentType(frontMatter, file)));
  const skills = await settleAll(files.skills.map((file) => parseSkill(frontMatter, file)));
  const byName = new Map<string, Skill>();
  for (const skill of skills.flatMap(valueOf)) if (!byName.has(skill.name)) byName.set(skill.name, skill);
  return {
    kit: { types: new AgentTypes(files.agents.flatMap((file, index) => named(file, agents[index]))), skills: byName },
    warnings: [
      ...files.warnings,
      ...agents.flatMap(problemOf).map((problem) => `${problem}. This agent type is not known until that is mended.`),
      ...skills.flatMap(problemOf).map((problem) => `${problem}. This skill is not known until that is mended.`),
    ],
  };
}

function named(file: DefinitionFile, parsed: Parsed<AgentType> | undefined): readonly NamedType[] {
  if (parsed?.ok === true) return [{ name: parsed.value.name, type: parsed.value }];
  return parsed?.problem === null ? [] : [{ name: fullName(file, file.name), type: null }];
}

function valueOf<T>(parsed: Parsed<T>): readonly T[] {
  return parsed.ok ? [parsed.value] : [];
}

function problemOf(parsed: Parsed<unknown>): readonly string[] {
  return parsed.ok || parsed.problem === null ? [] : [parsed.problem];
}
