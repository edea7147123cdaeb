import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { readRun, type RunRecord } from '../../node/runReader.ts';
import { agreeToResume } from '../agreeToResume.ts';
import { CAP_FLAGS, capsFrom } from '../capFlags.ts';
import { chooseModel, MODEL_FLAGS } from '../chooseModel.ts';
import { CommandError, EXIT } from '../commandError.ts';
import { checkDetached, DETACH_FLAG } from '../detach/detachFlag.ts';
import { termsOf } from '../detach/termsOf.ts';
import { extrasOf, withEngine } from '../engineFor.ts';
import { followRun } from '../followRun.ts';
import { Interrupts } from '../interrupts.ts';
import type { Io } from '../io.ts';
import { locateRun } from '../locateRun.ts';
import { parseFlags } from '../parseFlags.ts';
import { ownPermissionsOf, PERMISSION_FLAGS } from '../permissionFlags.ts';
import { COMMIT_FLAGS, commitsFrom } from '../commitFlags.ts';
import { SHOW_FLAGS, showFlags } from '../runFlags.ts';
import { SANDBOX_FLAGS, sandboxFrom } from '../sandboxFlags.ts';
import { continueRun } from '../tellRun.ts';

const FLAGS = {
  ...MODEL_FLAGS,
  ...SHOW_FLAGS,
  script: { type: 'string' },
  ...CAP_FLAGS,
  ...PERMISSION_FLAGS,
  ...SANDBOX_FLAGS,
  'land-unreviewed': { type: 'boolean' },
  'require-review': { type: 'boolean' },
  ...COMMIT_FLAGS,
  'keep-stale': { type: 'boolean' },
  'rerun-stale': { type: 'boolean' },
  yes: { type: 'boolean', short: 'y' },
  ...DETACH_FLAG,
} as const;

/** `dwf resume <runId>`: what is in the journal is not asked again. */
export async function resume(io: Io, argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseFlags('resume', argv, FLAGS, ['simulate']);
  const [text, extra] = positionals;
  if (text === undefined || extra !== undefined)
    throw new CommandError('Name one run: dwf resume <runId>. `dwf runs` lists them.');
  checkDetached(values);
  const show = await showFlags(io, values);
  const script = values.script === undefined ? undefined : await existing(resolve(io.cwd, values.script));
  const caps = capsFrom(values);
  const sandbox = sandboxFrom(values);
  const commits = commitsFrom(values);
  const stale = staleFlag(values);
  const requireReview = reviewFlag(values);
  const permissions = ownPermissionsOf(values);
  const located = await locateRun(io, text, 'nothing to resume');
  const ownFlags = script !== undefined || caps !== undefined || permissions !== undefined;
  const continued = await continueRun(io, located, { ownFlags, json: values.json });
  if (continued !== null) return continued;
  const read = await readRun(located.dir);
  if (read.kind === 'unreadable') throw new CommandError(read.message, EXIT.failed);
  const past = read.run;
  const { runId } = past;
  const attended = io.canAsk && show.json !== true && show.events !== true;
  const request = {
    runId,
    ...(requireReview === undefined ? {} : { requireReview }),
    ...(script === undefined ? {} : { scriptPath: script }),
    ...(caps === undefined ? {} : { caps }),
  };
  const edited = script !== undefined;
  const extras = await extrasOf(io, past.manifest.cwd, commits);
  if (values.detach === true) {
    const { resumeDetached } = await import('../detach/resumeDetached.ts');
    const agree = { attended, sure: values.yes === true, edited, stale, extras };
    return resumeDetached(io, { request, terms: termsOf({ permissions, sandbox, commits }), agree, json: show.json });
  }
  const model = await chooseModel(io, values, past.manifest.modelSource, past.manifest.model);
  const simulated = model.kind === 'simulate';
  const interrupts = new Interrupts(io);
  try {
    return await withEngine(io, { model, permissions, sandbox, commits }, async (engine) => {
      const preview = await engine.previewResume(runId);
      if (preview.kind === 'refused') throw new CommandError(preview.error);
      const sure = values.yes === true || simulated || interrupts.asked;
      const terms = await agreeToResume(io, preview, { attended, sure, edited, stale, extras });
      if (terms === null) {
        io.stderr.write('Nothing was started.\n');
        return EXIT.refused;
      }
      if (interrupts.asked) return EXIT.interrupted;
      const launched = await engine.resume({ ...request, ...terms, attended });
      if (launched.status === 'refused') throw new CommandError(launched.errors);
      return followRun(io, {
        ...{ engine, runId, dir: past.dir, past: past.events, simulated, show, interrupts, sayHead: true },
        ...elsewhere(io, past),
      });
    });
  } finally {
    interrupts.dispose();
  }
}

function staleFlag(values: {
  readonly 'keep-stale'?: boolean;
  readonly 'rerun-stale'?: boolean;
}): 'keep' | 'rerun' | undefined {
  const [keep, rerun] = [values['keep-stale'] === true, values['rerun-stale'] === true];
  if (keep && rerun) throw new CommandError('Give one of --keep-stale and --rerun-stale.');
  return rerun ? 'rerun' : keep ? 'keep' : undefined;
}

/** Without either, the run keeps the rule that it has. */
function reviewFlag(values: {
  readonly 'land-unreviewed'?: boolean;
  readonly 'require-review'?: boolean;
}): boolean | undefined {
  const [not, required] = [values['land-unreviewed'] === true, values['require-review'] === true];
  if (not && required) throw new CommandError('Give one of --land-unreviewed and --require-review.');
  return required ? true : not ? false : undefined;
}

function elsewhere(io: Io, past: RunRecord): { readonly gitFolder?: string } {
  return past.cwd === io.cwd ? {} : { gitFolder: past.cwd };
}

async function existing(path: string): Promise<string> {
  const info = await stat(path).catch(() => null);
  if (info?.isFile() === true) return path;
  throw new CommandError(`--script: there is no file ${path}.`);
}
