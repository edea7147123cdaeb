import type { AgentType } from './definitions.ts';

/** What a simple search costs with the model for difficult work, nobody wants to pay. */
const CHEAP_MODEL = 'haiku';

export const GENERAL_PURPOSE: AgentType = {
  name: 'general-purpose',
  description: 'Any task: it has all tools.',
  prompt: '',
};

/** The types that are always there; a file with one of these names replaces it. */
const BUILT_IN_TYPES: readonly AgentType[] = [
  GENERAL_PURPOSE,
  {
    name: 'Explore',
    description: 'Finds out how something is in the files: reads and searches, changes nothing, costs little.',
    prompt: '',
    role: 'explore',
    readOnly: true,
    model: CHEAP_MODEL,
  },
  {
    name: 'Plan',
    description: 'Works out how to do something: reads and searches, changes nothing, answers with a plan.',
    prompt: '',
    role: 'plan',
    readOnly: true,
    permissionMode: 'plan',
  },
];

/** A file's type; null where the file is broken: what bears its name elsewhere must not take its place unseen. */
export interface NamedType {
  readonly name: string;
  readonly type: AgentType | null;
}

/** The kinds of agents that a run knows, read once at its start. */
export class AgentTypes {
  readonly #types: ReadonlyMap<string, AgentType>;

  /** Of types with one name, the first counts. */
  constructor(read: readonly NamedType[] = []) {
    const own = BUILT_IN_TYPES.map((type): NamedType => ({ name: type.name, type }));
    // Those that are always there stand first, also where a file replaces one.
    const found = new Map<string, AgentType | null>(own.map(({ name, type }) => [name, type]));
    for (const { name, type } of [...read].reverse()) found.set(name, type);
    this.#types = new Map([...found].flatMap(([name, type]) => (type === null ? [] : [[name, type] as const])));
  }

  get(name: string): AgentType | undefined {
    return this.#types.get(name);
  }

  get all(): readonly AgentType[] {
    return [...this.#types.values()];
  }

  /** What to say of a name that nobody knows. */
  unknown(name: string): string {
    return `Unknown agentType "${name}". Known: ${this.all.map((type) => type.name).join(', ')}.`;
  }
}
