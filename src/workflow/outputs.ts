import type { KeepWhole } from '../engine/capText.ts';
import type { RunContext } from './runContext.ts';

/** The folder, in that of its run, of what was too long to be told to an agent; it may read there. Made when it is needed. */
export function outputsOf({ open }: Pick<RunContext, 'open'>, agentId: string): string {
  return `${open.dir}/outputs/${agentId}`;
}

/** Where the tools of an agent leave what they may not tell it; undefined: nowhere. */
export function keeperOf(run: Pick<RunContext, 'open' | 'deps'>, agentId: string): KeepWhole | undefined {
  const { keepWhole } = run.deps;
  return keepWhole && ((tool, text) => keepWhole(outputsOf(run, agentId), tool, text));
}
