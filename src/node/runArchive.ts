import * as z from 'zod';
import { isRunId } from './runFiles.ts';

// A run as one file: gzip, and in it one JSON value a line: what it is, then the run's files in pieces, then that this
// was all. Nothing but files of the run goes in, and nothing but such files comes out.

export const ARCHIVE_VERSION = 1;
const FORMAT = 'dynamic-workflows-run';

export const headerSchema = z.looseObject({
  format: z.literal(FORMAT),
  version: z.int().min(1),
  runId: z.string().refine(isRunId),
  workflowName: z.string(),
});
export type ArchiveHeader = z.infer<typeof headerSchema>;

export function archiveHeader(run: { readonly runId: string; readonly workflowName: string }): ArchiveHeader {
  return { format: FORMAT, version: ARCHIVE_VERSION, runId: run.runId, workflowName: run.workflowName };
}

/** A piece of a file; pieces of one file follow each other in their order. */
export const pieceSchema = z.union([
  z.strictObject({ path: z.string(), text: z.string() }),
  z.strictObject({ path: z.string(), base64: z.base64() }),
]);
export const endSchema = z.strictObject({ end: z.strictObject({ files: z.int().min(0), bytes: z.int().min(0) }) });

/** The commits that the run's refs keep, from its base on, where there were any. */
export const BUNDLE = 'changes.bundle';

const NAME = '[A-Za-z0-9][A-Za-z0-9._-]{0,127}';
const FILES = new RegExp(
  `^(?:run\\.json|script(?:\\.\\d{1,6})?\\.js|(?:events|journal|decisions)\\.ndjson|shared\\.txt|(?:end|result)\\.json|changes\\.bundle|agents/${NAME}\\.ndjson|(?:checks|setup)/${NAME}\\.txt|outputs/${NAME}/${NAME}\\.txt)$`,
);

/** Whether a run has files of this path, with slashes, below its folder. Nothing that it allows leads out of there. */
export function isRunFile(path: string): boolean {
  return FILES.test(path);
}
