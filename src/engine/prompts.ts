/** What an agent is: in a run, or the session itself. Each has a file of its own, which a person may replace. */
export const ROLES = ['session', 'agent', 'explore', 'plan', 'author', 'reviewer', 'skeptic'] as const;

export type Role = (typeof ROLES)[number];

/** The system prompts of one run. Byte-identical for all agents of a role, so that the prompt cache holds. */
export type Prompts = Readonly<Record<Role, string>>;

/** Stands in a role's text for what all roles are told. */
const SHARED = '{{shared}}';

/** Prompts from the texts of their files. What varies between agents has no place in them. */
export function promptsFrom(texts: Prompts, shared: string): Prompts {
  const assembled = ROLES.map((role) => [role, texts[role].replaceAll(SHARED, () => shared.trim()).trim()] as const);
  return Object.fromEntries(assembled) as Record<Role, string>;
}

/** For who plays a run without a model that reads them. */
export const PLAIN_PROMPTS: Prompts = promptsFrom(
  Object.fromEntries(ROLES.map((role) => [role, `You are a ${role}. ${SHARED}`])) as Record<Role, string>,
  'Do your task.',
);
