import { SandboxManager, SandboxRuntimeConfigSchema, type FilesystemPathEntry } from '@anthropic-ai/sandbox-runtime';
import { toHelper, type FromHelper, type ToHelper } from './messages.ts';

// A process of its own: the library has one state a process, protects what lies below the working directory besides what
// it is told to, and runs the proxy through which commands reach the network. It ends when its parent lets go of it.

process.on('message', (message: unknown) => {
  const parsed = toHelper.safeParse(message);
  if (parsed.success) void answer(parsed.data);
});
process.on('disconnect', () => void end());

const waiting = new Set<number>();

async function answer(message: ToHelper): Promise<void> {
  switch (message.kind) {
    case 'start':
      try {
        await start(message);
        say({ kind: 'ready' });
      } catch (error) {
        say({ kind: 'unusable', why: whyOf(error) });
      }
      return;
    case 'wrap':
      try {
        const command = await wrap(message);
        waiting.add(message.id);
        say({ kind: 'wrapped', id: message.id, command });
      } catch (error) {
        say({ kind: 'failed', id: message.id, why: whyOf(error) });
      }
      return;
    case 'ended':
      // It counts the commands under way, and takes its stand-ins for files away when there are none.
      if (waiting.delete(message.id)) SandboxManager.cleanupAfterCommand();
  }
}

function start({ allowedDomains, bwrap, socat, ripgrep, applySeccomp }: Extract<ToHelper, { kind: 'start' }>) {
  // It would take a list that it cannot use for one that allows more than is written there.
  const config = SandboxRuntimeConfigSchema.safeParse({
    // Nobody is asked about a domain that is not listed.
    network: { allowedDomains, deniedDomains: [], strictAllowlist: true, allowAllUnixSockets: false },
    filesystem: { allowWrite: [], denyWrite: [], denyRead: [], allowRead: [] },
    ripgrep: { command: ripgrep },
    ...(bwrap === null ? {} : { bwrapPath: bwrap }),
    ...(socat === null ? {} : { socatPath: socat }),
    ...(applySeccomp === null ? {} : { seccomp: { applyPath: applySeccomp } }),
  });
  if (config.success) return SandboxManager.initialize(config.data);
  const issue = config.error.issues[0];
  const wrong =
    issue?.path[1] === 'allowedDomains' ? `"${allowedDomains[Number(issue.path[2])]}" cannot be allowed: ` : '';
  throw new Error(`${wrong}${issue?.message ?? 'its settings are wrong'}`);
}

function wrap({ shell, command, rules }: Extract<ToHelper, { kind: 'wrap' }>): Promise<string> {
  return SandboxManager.wrapWithSandbox(command, shell, {
    filesystem: {
      allowWrite: asNames(rules.allowWrite),
      denyWrite: asNames(rules.denyWrite),
      denyRead: asNames(rules.denyRead),
      allowRead: asNames(rules.allowRead),
    },
  });
}

/** Paths as they are: a folder named `[draft]` is no pattern. */
function asNames(paths: readonly string[]): FilesystemPathEntry[] {
  return paths.map((path) => ({ path, literal: true }));
}

async function end(): Promise<void> {
  try {
    await SandboxManager.reset();
  } finally {
    process.exit(0);
  }
}

function say(message: FromHelper): void {
  if (process.connected) process.send?.(message);
}

function whyOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
