import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { RunHub } from '../../../src/host/runHub.ts';
import { fileRunStore } from '../../../src/node/runStore.ts';
import { runStarted } from '../../../src/projection/runLog.fake.ts';
import type { Message } from '../../../src/protocol/conversation.ts';
import type { Event, EventBody } from '../../../src/protocol/messages.ts';
import type { RunEnd } from '../../../src/protocol/run.ts';
import { NO_USAGE } from '../../../src/protocol/usage.ts';
import { stage } from './stage.ts';

/** A run that the real store writes, as another process would: it lives until it is ended or let go. */
export interface WrittenRun {
  readonly runId: string;
  readonly dir: string;
  /** On disk when it resolves. */
  readonly tell: (...bodies: readonly EventBody[]) => Promise<void>;
  readonly say: (agentId: string, ...messages: readonly Message[]) => Promise<void>;
  readonly finish: (end: RunEnd) => Promise<void>;
  /** Lets go of it; without an end it is interrupted then. */
  readonly close: () => Promise<void>;
}

export interface WrittenRunOptions {
  readonly home: string;
  readonly cwd: string;
  readonly runId: string;
  readonly createdAt?: number;
}

export const SCRIPT = 'return 1; // as the run keeps it\n';

export async function writeRun({ home, cwd, runId, createdAt = 1_000 }: WrittenRunOptions): Promise<WrittenRun> {
  const manifest = {
    version: 2,
    runId,
    workflowName: `workflow of ${runId}`,
    scriptPath: join(cwd, 'workflow.js'),
    args: null,
    hasArgs: false,
    cwd,
    baseCommit: null,
    model: 'claude-sonnet-5-5',
    modelSource: { kind: 'simulated', rulesText: null },
    permissionMode: 'default',
    concurrency: 16,
    caps: {},
    createdAt,
  } as const;
  const run = await fileRunStore(home).create(manifest, SCRIPT);
  let seq = 0;
  const tell = async (...bodies: readonly EventBody[]): Promise<void> => {
    run.appendEvents(bodies.map((body): Event => ({ seq: ++seq, at: createdAt + seq * 1000, runId, ...body })));
    await written();
  };
  await tell({ ...runStarted(), cwd } as EventBody);
  return {
    runId,
    dir: run.dir,
    tell,
    say: async (agentId, ...messages) => {
      run.appendTranscript(agentId, messages);
      await written();
    },
    finish: async (end) => {
      const usage = { ...NO_USAGE, agents: 0, requests: 0, usd: 0, ms: 0 };
      await tell({ type: 'run.ended', end, usage });
      await run.finish({ end, usage, endedAt: createdAt + 60_000 });
      await run.close();
    },
    close: () => run.close(),
  };
}

/** The store writes at the end of the turn. */
async function written(): Promise<void> {
  await setImmediate();
}

/** Lends a list of the runs that were staged. */
export async function withStagedHub(use: (hub: RunHub) => Promise<void>): Promise<void> {
  const { home, folder } = stage();
  const hub = new RunHub({ home, folders: () => [folder], dirs: () => [] });
  try {
    await hub.look();
    await use(hub);
  } finally {
    hub.dispose();
  }
}

/** Lends a list of runs over a home and a working folder of its own. */
export async function withHub(
  use: (place: { readonly hub: RunHub; readonly home: string; readonly cwd: string }) => Promise<void>,
): Promise<void> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'dynamic-workflows-hub-')));
  const place = { home: join(folder, 'home'), cwd: folder };
  const hub = new RunHub({ home: place.home, folders: () => [folder], dirs: () => [] });
  try {
    await use({ hub, ...place });
  } finally {
    hub.dispose();
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}
