export interface Suite {
  /** The most that a figure may be; figures without a limit stand beside those that have one. */
  readonly limits: Readonly<Record<string, number>>;
  /** The least that a figure may be. One that could not be measured on this machine is missing, and misses nothing. */
  readonly floors?: Readonly<Record<string, number>>;
  /** Runs only when it is named: it takes minutes. */
  readonly long?: true;
  /** Measures; `say` tells how far it is. Figures are rounded to what they are worth. */
  run(say: (line: string) => void): Promise<Record<string, number>>;
}
