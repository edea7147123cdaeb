import type { Json } from '../../../protocol/json.ts';
import type { Brain } from '../brain.ts';
import type { Reply } from '../reply.ts';
import type { RequestView } from '../view.ts';
import { fileText, hasCalled, isOffered, resultsOf } from './conversation.ts';
import { modifiedLineOf } from './diffLine.ts';
import type { Repair } from './repairs.ts';
import { REPAIRS } from './repairs.ts';

/** Reads the changed module. Finds nothing wrong, but for the one repair that it misunderstands. */
export const reviewer: Brain = (view) => {
  if (!view.system.includes('You are a reviewer') || !answersWith(view, 'findings')) return undefined;
  const repair = REPAIRS.find((one) => isMadeIn(one, view.prompt));
  if (repair === undefined) return undefined;
  if (mustRead(view)) return reads(repair.module);
  const { objection, module, replace } = repair;
  if (objection === undefined || looksElsewhere(view)) return { structured: { findings: [] } };
  const { severity, title, body } = objection;
  const quote = newLineOf(repair) ?? replace;
  const line = modifiedLineOf(view.prompt, module, quote) ?? 1;
  return { structured: { findings: [{ path: module, line, quote, severity, title, body }] } };
};

/** Votes on that misunderstanding by what the file really says. */
export const skeptic: Brain = (view) => {
  if (!view.system.includes('You are a skeptic')) return undefined;
  const repair = REPAIRS.find(({ objection }) => objection !== undefined && view.prompt.includes(objection.title));
  const objection = repair?.objection;
  if (repair === undefined || objection === undefined) return undefined;
  if (mustRead(view)) return reads(repair.module);
  const seen = resultsOf(view, 'Read').at(-1);
  const text = seen === undefined ? view.prompt : fileText(seen.content);
  if (!text.includes(objection.evidence))
    return votes(view, 'upheld', `I found nothing in ${repair.module} that refutes it.`);
  const { refutations } = objection;
  return votes(view, 'refuted', refutations[view.number % refutations.length] ?? '');
};

function votes(view: RequestView, verdict: 'upheld' | 'refuted', reason: string): Reply {
  const vote: Json = answersWith(view, 'verdict') ? { verdict, reason } : { refuted: verdict === 'refuted', reason };
  return { structured: vote };
}

function answersWith(view: RequestView, property: string): boolean {
  const properties = view.schema?.['properties'];
  return typeof properties === 'object' && properties !== null && property in properties;
}

/** The misunderstanding is one of correctness. */
function looksElsewhere(view: RequestView): boolean {
  const lens = /through one lens: (\w+)/.exec(view.prompt)?.[1];
  return lens !== undefined && lens !== 'correctness';
}

function mustRead(view: RequestView): boolean {
  return isOffered(view, 'Read') && !hasCalled(view, 'Read');
}

function reads(path: string): Reply {
  return { text: 'I look at the whole file.', tools: [{ name: 'Read', input: { path } }] };
}

/** The first line of a repair that was not there before. */
function newLineOf({ find, replace }: Repair): string | undefined {
  const before = new Set(find.split('\n'));
  return replace.split('\n').find((line) => !before.has(line));
}

function isMadeIn(repair: Repair, diff: string): boolean {
  const line = newLineOf(repair);
  return line !== undefined && modifiedLineOf(diff, repair.module, line) !== undefined;
}
