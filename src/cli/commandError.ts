/** Exit codes, for scripts that call us. */
export const EXIT = { completed: 0, failed: 1, refused: 2, degraded: 3, interrupted: 130 } as const;

/** Ends a command: each line says what is wrong and what to do. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly lines: readonly string[];
  readonly exitCode: number;

  constructor(lines: string | readonly string[], exitCode: number = EXIT.refused) {
    const all = typeof lines === 'string' ? [lines] : lines;
    super(all.join('\n'));
    this.lines = all;
    this.exitCode = exitCode;
  }
}
