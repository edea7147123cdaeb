import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { count } from '../../base/text.ts';
import { readRun, type RunRecord } from '../../node/runReader.ts';
import { chooseModel, MODEL_FLAGS } from '../chooseModel.ts';
import { CommandError, EXIT } from '../commandError.ts';
import { withEngine } from '../engineFor.ts';
import { followRun } from '../followRun.ts';
import { Interrupts } from '../interrupts.ts';
import type { Io } from '../io.ts';
import { locateRun } from '../locateRun.ts';
import { parseFlags, tokenCount } from '../parseFlags.ts';
import { SHOW_FLAGS, showFlags } from '../runFlags.ts';
import { confirm } from './run.ts';

const FLAGS = {
  ...MODEL_FLAGS,
  ...SHOW_FLAGS,
  script: { type: 'string' },
  budget: { type: 'string' },
  yes: { type: 'boolean', short: 'y' },
} as const;

/** `dwf resume <runId>`: what is in the journal is not asked again. */
export async function resume(io: Io, argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseFlags('resume', argv, FLAGS, ['simulate']);
  const [text, extra] = positionals;
  if (text === undefined || extra !== undefined)
    throw new CommandError('Name one run: dwf resume <runId>. `dwf runs` lists them.');
  const show = await showFlags(io, values);
  const script = values.script === undefined ? undefined : await existing(resolve(io.cwd, values.script));
  const budget = tokenCount('budget', values.budget);
  const located = await locateRun(io, text, 'nothing to resume');
  const read = await readRun(located.dir);
  if (read.kind === 'unreadable') throw new CommandError(read.message, EXIT.failed);
  const past = read.run;
  const model = await chooseModel(io, values, past.manifest.modelSource);
  const simulated = model.kind === 'simulate';
  const attended = io.canAsk && show.json !== true && show.events !== true;
  const interrupts = new Interrupts(io);
  try {
    return await withEngine(io, model, async (engine) => {
      const { runId } = past;
      const preview = await engine.previewResume(runId);
      if (preview.kind === 'refused') throw new CommandError(preview.error);
      const said = [
        `${count(preview.finishedCalls, 'finished call')} will be answered from the journal; the rest runs.`,
        ...preview.warnings,
      ];
      const out = attended ? io.stdout : io.stderr;
      out.write(said.map((line) => `${line}\n`).join(''));
      if (attended && values.yes !== true && !simulated && !interrupts.asked && !(await confirm(io, 'Resume?'))) {
        io.stderr.write('Nothing was started.\n');
        return EXIT.refused;
      }
      if (interrupts.asked) return EXIT.interrupted;
      const launched = await engine.resume({
        runId,
        attended,
        ...(script === undefined ? {} : { scriptPath: script }),
        ...(budget === undefined ? {} : { budget }),
      });
      if (launched.status === 'refused') throw new CommandError(launched.errors);
      return followRun(io, {
        ...{ engine, runId, past: past.events, simulated, show, interrupts, sayHead: true },
        ...elsewhere(io, past),
      });
    });
  } finally {
    interrupts.dispose();
  }
}

function elsewhere(io: Io, past: RunRecord): { readonly gitFolder?: string } {
  return past.cwd === io.cwd ? {} : { gitFolder: past.cwd };
}

async function existing(path: string): Promise<string> {
  const info = await stat(path).catch(() => null);
  if (info?.isFile() === true) return path;
  throw new CommandError(`--script: there is no file ${path}.`);
}
