import type { PortRange, PortRanges } from './portRanges.ts';

/** What commands in a worktree are told by their environment, for as long as somebody holds it. */
export interface WorktreeVariables {
  begin(root: string, holder: { readonly runId: string; readonly name: string }): Promise<void>;
  /** Empty for a folder that is no worktree of this process. */
  of(root: string): Promise<Readonly<Record<string, string>>>;
  end(root: string): Promise<void>;
}

interface Holder {
  readonly runId: string;
  readonly name: string;
  ports?: Promise<PortRange | null>;
}

/** Ports are taken with the first command: most worktrees of reviewers never have one. */
export function createWorktreeVariables(ranges: PortRanges): WorktreeVariables {
  const holders = new Map<string, Holder>();
  const end = async (root: string): Promise<void> => {
    const holder = holders.get(root);
    holders.delete(root);
    const range = await holder?.ports?.catch(() => null);
    await range?.release();
  };
  return {
    begin: async (root, holder) => {
      await end(root);
      holders.set(root, { ...holder });
    },
    of: async (root) => {
      const holder = holders.get(root);
      if (!holder) return {};
      const range = await (holder.ports ??= ranges.take());
      return {
        WORKFLOW_RUN: holder.runId,
        WORKFLOW_AGENT: holder.name,
        ...(range ? { WORKFLOW_PORT_BASE: String(range.base) } : {}),
      };
    },
    end,
  };
}
