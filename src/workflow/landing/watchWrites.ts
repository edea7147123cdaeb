import type { ToolHooks } from '../../engine/hooks/toolHooks.ts';

/** Tells of each file that a tool has written, beside what the hooks do. `wrote` gets an absolute path. */
export function watchingWrites(hooks: ToolHooks | undefined, wrote: (path: string) => void): ToolHooks {
  return {
    before: async (call, prepared, signal) => hooks?.before(call, prepared, signal) ?? { notes: [] },
    after: async (call, prepared, outcome, signal) => {
      const { access, subject } = prepared.permission ?? {};
      if (outcome.kind === 'ok' && access === 'write' && subject !== undefined) wrote(subject);
      return hooks?.after(call, prepared, outcome, signal) ?? { notes: [] };
    },
  };
}
