import { journalWords, staleWords } from '../projection/resumeWords.ts';
import type { ResumePreview } from '../workflow/runtime.ts';
import { confirm } from './confirm.ts';
import type { Io } from './io.ts';
import { manyLines, oneLine } from './view/cells.ts';

type Ready = Omit<Extract<ResumePreview, { readonly kind: 'ready' }>, 'keeps'>;

export interface ResumeTerms {
  /** A person reads this and can answer. */
  readonly attended: boolean;
  /** Start without a question. */
  readonly sure: boolean;
  /** The script is another one than before: what it asks for is not known. */
  readonly edited: boolean;
  /** What to do about answers that may be stale; absent: ask where somebody is there, else keep them. */
  readonly stale: 'keep' | 'rerun' | undefined;
  /** What it starts besides its agents. */
  readonly extras?: readonly string[];
}

/** Says what a resume rests on and asks where there is a choice (W42, W43); null: the person changed their mind. */
export async function agreeToResume(
  io: Io,
  preview: Ready,
  { attended, sure, edited, stale, extras = [] }: ResumeTerms,
): Promise<{ readonly rerunStale: boolean } | null> {
  const out = attended ? io.stdout : io.stderr;
  const say = (lines: readonly string[]): void => out.write(lines.map((line) => `${line}\n`).join(''));
  say([
    journalWords(preview, edited),
    ...extras.map(oneLine),
    ...preview.warnings,
    ...staleWords(preview).map(manyLines),
  ]);
  let rerunStale = stale === 'rerun';
  if (preview.staleCalls.length > 0) {
    if (stale === undefined && attended && !sure) rerunStale = await askAgain(io);
    say([decision(rerunStale, stale !== undefined || (attended && !sure))]);
  }
  if (attended && !sure && !(await confirm(io, 'Resume?'))) return null;
  return { rerunStale: rerunStale && preview.staleCalls.length > 0 };
}

/** Keeping is the default: what was paid for is not thrown away by a slip. */
async function askAgain(io: Io): Promise<boolean> {
  io.stdout.write('Keep them, or ask those agents again? [Keep/again] ');
  return /^\s*a(gain)?\s*$/i.test((await io.readLine()) ?? '');
}

function decision(rerun: boolean, chosen: boolean): string {
  if (rerun) return 'Those agents are asked again.';
  return chosen ? 'They are kept.' : 'They are kept; --rerun-stale asks those agents again.';
}
