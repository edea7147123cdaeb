import { stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { formatBytes } from '../../projection/cost.ts';
import { readManifest } from '../../node/runFiles.ts';
import { CommandError, EXIT } from '../commandError.ts';
import type { Io } from '../io.ts';
import { locateRun } from '../locateRun.ts';
import { parseFlags } from '../parseFlags.ts';

const FLAGS = { output: { type: 'string', short: 'o' }, json: { type: 'boolean' } } as const;

/** `dwf export <runId>` */
export async function exportCommand(io: Io, argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseFlags('export', argv, FLAGS);
  const [text, extra] = positionals;
  if (text === undefined || extra !== undefined)
    throw new CommandError('Name one run: dwf export <runId>. `dwf runs` lists them.');
  const { dir, runId } = await locateRun(io, text, 'nothing to export');
  const read = await readManifest(dir);
  if (read.kind !== 'read') throw new CommandError(read.kind === 'missing' ? `${dir} holds no run.` : read.message);
  const output = resolve(io.cwd, values.output ?? `${runId}.dwf-run`);
  await checkOutput(output);
  const [{ exportRun }, { createGit }] = await Promise.all([
    import('../../node/exportRun.ts'),
    import('../../node/git.ts'),
  ]);
  const exported = await exportRun(createGit(io.env), { dir, manifest: read.manifest }, output);
  const { bytes, withChanges, missing } = exported;
  if (values.json === true) io.stdout.write(`${JSON.stringify({ runId, output, bytes, withChanges })}\n`);
  else {
    const changes = withChanges ? ', with the commits of its changes' : '';
    io.stdout.write(`${output} (${formatBytes(bytes)}${changes}). Bring it in with: dwf import ${output}\n`);
  }
  if (missing === null) return EXIT.completed;
  io.stderr.write(`The commits of its changes are NOT in it: ${missing}. Do not delete the run before they are.\n`);
  return EXIT.degraded;
}

async function checkOutput(output: string): Promise<void> {
  const folder = await stat(dirname(output)).catch(() => null);
  if (folder?.isDirectory() !== true) throw new CommandError(`--output: there is no folder ${dirname(output)}.`);
  if ((await stat(output).catch(() => null))?.isDirectory() === true)
    throw new CommandError(`--output: ${output} is a folder.`);
}
