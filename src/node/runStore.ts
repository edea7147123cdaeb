import { mkdir, realpath, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { answersOf } from '../workflow/journalLine.ts';
import { NO_PAST, pastOf } from '../workflow/runPast.ts';
import type { OpenResult, RunManifest, RunStore } from '../workflow/runStore.ts';
import { parseDecisions } from './apply/decisionLog.ts';
import { FileRun, OpenRuns } from './fileRun.ts';
import { dropTornLine, parseJson, parseLines, readLines } from './ndjson.ts';
import {
  FOLDER_MODE,
  RUN_FILES,
  eventSchema,
  isRunId,
  journalSchema,
  makeFolder,
  readManifest,
  readText,
  runFolders,
  runsFolderOf,
  writeManifest,
  writeWhole,
  type RunKind,
} from './runFiles.ts';
import type { RunLock } from './runLock.ts';
import { claimRun } from './runLock.ts';
import { tellingEvents } from './tellingEvents.ts';

/** Runs or sessions on disk, under `<home>/projects/`: readable by any process, written by the one that owns the run. */
export function fileRunStore(home: string, kind: RunKind = 'runs'): RunStore {
  const open = new OpenRuns();
  return {
    create: async (manifest, script) => {
      const parent = await runsFolderOf(home, manifest.cwd, kind);
      await makeFolder(parent);
      // Resolved: agents may read in it, and what they may read is compared with resolved paths.
      const dir = join(await realpath(parent), requireRunId(manifest.runId));
      await mkdir(dir, { mode: FOLDER_MODE });
      try {
        const lock = await claimFresh(dir);
        await writeWhole(join(dir, RUN_FILES.script), script);
        // The manifest comes last: a folder without one was never a run.
        await writeManifest(dir, manifest);
        return open.add(await FileRun.open({ manifest, dir, script, lock, journal: [], ...NO_PAST }));
      } catch (error) {
        await rm(dir, { recursive: true, force: true });
        throw error;
      }
    },
    open: async (runId) => {
      const folder = await folderOf(home, runId, kind);
      if (folder === null) return { kind: 'unknown' };
      const dir = await realpath(folder);
      const read = await readManifest(dir);
      if (read.kind === 'missing') return { kind: 'unknown' };
      if (read.kind === 'unreadable') return read;
      const claim = await claimRun(dir);
      if (claim.kind === 'held') return { kind: 'running', pid: claim.pid };
      let result: Opened | undefined;
      try {
        // Before a line is written that the older version would not understand.
        if (read.older) await writeManifest(dir, read.manifest);
        result = await openClaimed(dir, read.manifest, claim.lock);
      } finally {
        if (result?.kind !== 'opened') await claim.lock.release();
      }
      if (result.kind === 'opened') open.add(result.run);
      return result;
    },
  };
}

type Opened = Exclude<OpenResult, { readonly kind: 'opened' }> | { readonly kind: 'opened'; readonly run: FileRun };

async function openClaimed(dir: string, manifest: RunManifest, lock: RunLock): Promise<Opened> {
  const script = await readText(join(dir, RUN_FILES.script));
  if (script === null) return { kind: 'unreadable', message: `${join(dir, RUN_FILES.script)} is missing.` };
  const [journalPath, eventsPath] = [join(dir, RUN_FILES.journal), join(dir, RUN_FILES.events)];
  await Promise.all([journalPath, eventsPath].map(dropTornLine));
  const journal = parseLines(journalPath, await readLines(journalPath), journalSchema);
  if (!journal.ok) return { kind: 'unreadable', message: journal.message };
  // Whoever cannot tell what a person has discarded would land it.
  const decisions = await parseDecisions(dir);
  if (!decisions.ok) return { kind: 'unreadable', message: decisions.message };
  const events = await readLines(eventsPath);
  const last = events.at(-1);
  const lastEvent = last === undefined ? undefined : eventSchema.safeParse(parseJson(last));
  if (lastEvent?.success === false)
    return { kind: 'unreadable', message: `${eventsPath}, line ${events.length}: damaged` };
  const past = pastOf(tellingEvents(events), lastEvent?.data.seq ?? 0, journal.values, decisions.values);
  return {
    kind: 'opened',
    run: await FileRun.open({ manifest, dir, script, lock, journal: answersOf(journal.values), ...past }),
  };
}

async function folderOf(home: string, runId: string, kind: RunKind): Promise<string | null> {
  return (await runFolders(home, undefined, kind)).find((folder) => folder.runId === runId)?.dir ?? null;
}

async function claimFresh(dir: string): Promise<RunLock> {
  const claim = await claimRun(dir);
  if (claim.kind === 'held') throw new Error(`${dir} belongs to process ${claim.pid}.`);
  return claim.lock;
}

function requireRunId(runId: string): string {
  if (!isRunId(runId)) throw new Error(`Not a run id: ${runId}`);
  return runId;
}
