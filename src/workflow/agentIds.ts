/** Names agents: `a1`, `a2`, … of a launch; `a2.1`, … of its first resume, so that no two of a run share a name. */
export class AgentIds {
  readonly #prefix: string;
  #count = 0;

  constructor(attempt: number) {
    this.#prefix = attempt === 1 ? 'a' : `a${attempt}.`;
  }

  next(): string {
    this.#count += 1;
    return `${this.#prefix}${this.#count}`;
  }
}
