import type { ModelRecord } from '../../workflow/runStore.ts';
import { isRunId, readManifest, runFolders } from '../runFiles.ts';
import { summaryOf } from '../runReader.ts';
import type { HeldItem } from './heldWork.ts';

/** What a run or session was begun with, as far as it takes to go on with it. */
export interface RecordedPlace {
  readonly id: string;
  readonly cwd: string;
  readonly model: string;
  readonly modelSource: ModelRecord;
  /** No process has it, and it has not come to an end of its own or by a person's word. */
  readonly suspended: boolean;
}

/** Null: there is none of that id, or it cannot be read. */
export async function recordedPlace(
  home: string,
  { kind, id }: Pick<HeldItem, 'kind' | 'id'>,
): Promise<RecordedPlace | null> {
  if (!isRunId(id)) return null;
  const folders = await runFolders(home, undefined, kind === 'run' ? 'runs' : 'sessions');
  const dir = folders.find(({ runId }) => runId === id)?.dir;
  if (dir === undefined) return null;
  const [read, summary] = await Promise.all([readManifest(dir), summaryOf(dir)]);
  if (read.kind !== 'read' || summary === null) return null;
  const { cwd, model, modelSource } = read.manifest;
  const suspended = summary.status === 'interrupted' || summary.stopReason === 'closed';
  return { id, cwd, model, modelSource, suspended };
}
