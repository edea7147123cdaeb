import type { RunContext } from './runContext.ts';

/** The folder, in that of its run, of what was too long to be told to an agent; it may read there. Made when it is needed. */
export function outputsOf({ open }: Pick<RunContext, 'open'>, agentId: string): string {
  return `${open.dir}/outputs/${agentId}`;
}
