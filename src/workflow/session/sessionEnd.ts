import { isAbort } from '../../base/abort.ts';
import type { RunEnd } from '../../protocol/run.ts';
import type { Halt } from '../runContext.ts';

/** How a session's attempt ended: by being closed, in whatever way, or by a fault of its own. */
export async function sessionEnd(going: Promise<never>, halted: () => Halt | null): Promise<RunEnd> {
  const rest = { result: null, failures: [] };
  try {
    return await going;
  } catch (error) {
    const why = halted();
    if (why?.kind === 'stopped') return { status: 'stopped', reason: why.reason, message: why.message, ...rest };
    if (why) return { status: 'failed', message: why.message, ...rest };
    if (isAbort(error)) return { status: 'stopped', reason: 'closed', message: 'The session was closed.', ...rest };
    return { status: 'failed', message: error instanceof Error ? error.message : String(error), ...rest };
  }
}
