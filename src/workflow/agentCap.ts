/** Agents that one run may start (W38). */
const MAX_AGENTS = 1_000;

/** One more agent than a run may start was asked for. The script may catch it; what is done stays. */
export class AgentCapError extends Error {
  override readonly name = 'AgentCapError';
  constructor() {
    super(
      `A run may start ${MAX_AGENTS} agents, and this one has. Return what there is, or split the task into several runs.`,
    );
  }
}

/** Names agents: `a1`, `a2`, … of a launch; `a2.1`, … of its first resume, so that no two of a run share a name. */
export class AgentIds {
  readonly #prefix: string;
  #count = 0;

  constructor(attempt: number) {
    this.#prefix = attempt === 1 ? 'a' : `a${attempt}.`;
  }

  /** Throws AgentCapError. */
  next(): string {
    if (this.#count >= MAX_AGENTS) throw new AgentCapError();
    this.#count += 1;
    return `${this.#prefix}${this.#count}`;
  }
}
