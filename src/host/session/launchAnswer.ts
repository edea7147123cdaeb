/** What a button under a launch does, wherever it stands. */
export interface LaunchAnswer {
  readonly requestId: string;
  readonly answer: 'start' | 'script' | 'refuse';
}

/** Null for anything else: any extension may call a command. */
export function launchAnswer(argument: unknown): LaunchAnswer | null {
  if (typeof argument !== 'object' || argument === null || !('requestId' in argument && 'answer' in argument))
    return null;
  const { requestId, answer } = argument;
  if (typeof requestId !== 'string') return null;
  return answer === 'start' || answer === 'script' || answer === 'refuse' ? { requestId, answer } : null;
}
