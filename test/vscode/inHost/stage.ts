import { readFileSync } from 'node:fs';
import * as z from 'zod';

const schema = z.object({
  /** The file that the suites write their report to. */
  report: z.string(),
  /** The open folder: a real repository. */
  folder: z.string(),
  /** Where its runs are, for the installed extension too. */
  home: z.string(),
  /** The run that was played there before the editor started. */
  runId: z.string(),
});

/** What the suites find when they start; made by `withStage`. */
export type Stage = z.infer<typeof schema>;

/** Variable of the extension host that names the file with the stage in it. */
export const STAGE_VARIABLE = 'DYNAMIC_WORKFLOWS_IN_HOST_STAGE';

let read: Stage | undefined;

export function stage(): Stage {
  read ??= schema.parse(JSON.parse(readFileSync(process.env[STAGE_VARIABLE] ?? '', 'utf8')));
  return read;
}
