import { setImmediate } from 'node:timers/promises';
import { count } from '../../base/text.ts';
import type { ToolOutcome } from '../../engine/tool.ts';
import { readBytes, versionOf, withFile, type Opened, type Replacing } from '../files.ts';
import { putFile } from './putFile.ts';
import { replaceText, type Replacement } from './replaceText.ts';
import { decodeText, encodeText, type Encoding } from './textEncoding.ts';
import { missing, movedAway, notRegular, refused, type Target, type Workspace } from './workspace.ts';

const MAX_BYTES = 10 * 1024 * 1024;
const LINES_AROUND = 3;
const SHOWN_LINES = 30;
const SHOWN_CHARS = 20_000;
const YIELDING_CHARS = 500_000;

/** Makes all of the replacements, each in what the one before has left, or none of them. */
export async function editFile(
  workspace: Workspace,
  target: Target,
  replacements: readonly Replacement[],
): Promise<ToolOutcome> {
  if (!(await target.stillLeadsThere())) return movedAway(target);
  const edited = await withFile(target.path, (opened) => edit(workspace, target, replacements, opened));
  if (edited.kind !== 'edited') return edited;
  const { changed, encoding, mode, before } = edited;
  const failed = await putFile(workspace, target, encodeText(changed.text, encoding), { mode, before });
  if (failed !== null) return failed;
  const places = changed.places > 1 ? ` in ${count(changed.places, 'place')}` : '';
  return { kind: 'ok', content: `Edited ${target.shown}${places}:\n${surroundings(changed)}` };
}

interface Edited extends Replacing {
  readonly kind: 'edited';
  readonly changed: Changed;
  readonly encoding: Encoding;
}

async function edit(
  workspace: Workspace,
  target: Target,
  replacements: readonly Replacement[],
  opened: Opened,
): Promise<Edited | ToolOutcome> {
  if (opened.kind === 'missing') return missing(target);
  if (opened.kind === 'special') return notRegular(target);
  if (opened.kind === 'folder') return refused(`${target.shown} is a folder; give the path of a file.`);
  const { handle, stat } = opened;
  const before = versionOf(stat);
  const seen = workspace.seen.get(target.path);
  if (seen !== undefined && seen !== before)
    return refused(`${target.shown} has changed since you read it. Read it again before you edit it.`);
  if (stat.size > MAX_BYTES) return refused(`${target.shown} is larger than 10 MB. Change it with a command.`);
  const decoded = decodeText(await readBytes(handle, Number(stat.size)));
  if (decoded.kind === 'undecodable')
    return refused(`${target.shown} ${decoded.reason}, and an edit would damage it. Change it with a command.`);
  const changed = await replaceAll(decoded.text, replacements);
  if (changed.kind === 'refused') return refused(`${target.shown}: ${changed.message}`);
  return { kind: 'edited', changed, encoding: decoded.encoding, mode: Number(stat.mode & 0o7777n), before };
}

interface Changed {
  readonly kind: 'changed';
  readonly text: string;
  readonly places: number;
  /** Where each replacement stands in the final text, in lines from 1 on, and how many lines it has. */
  readonly spots: readonly { readonly line: number; readonly lines: number }[];
}

async function replaceAll(
  original: string,
  replacements: readonly Replacement[],
): Promise<Changed | { readonly kind: 'refused'; readonly message: string }> {
  let text = original;
  let places = 0;
  let spots: Changed['spots'] = [];
  for (const [at, replacement] of replacements.entries()) {
    // A hundred edits of ten megabytes take seconds, in which others want to go on.
    if (text.length > YIELDING_CHARS) await setImmediate();
    const replaced = replaceText(text, replacement);
    if (replaced.kind === 'refused') {
      const which = replacements.length > 1 ? `edit ${at + 1} of ${replacements.length}: ` : '';
      const undone = replacements.length > 1 ? ' None of the edits was made.' : '';
      return { kind: 'refused', message: `${which}${replaced.message}${undone}` };
    }
    const { firstLine } = replaced;
    const grown = replaced.places * (linesOf(replacement.newText) - linesOf(replacement.oldText));
    spots = spots.map(({ line, lines }) => ({
      line: line > firstLine ? Math.max(firstLine, line + grown) : line,
      lines,
    }));
    spots = [...spots, { line: firstLine, lines: linesOf(replacement.newText) }];
    text = replaced.text;
    places += replaced.places;
  }
  return { kind: 'changed', text, places, spots };
}

function linesOf(text: string): number {
  return text.split('\n').length;
}

/** The lines around each replacement, as Read shows them; `…` stands for what lies between. */
function surroundings({ text, spots }: Changed): string {
  const all = text.replace(/^\uFEFF|\n$/g, '').split('\n');
  const wanted = new Set<number>();
  for (const { line, lines } of spots) {
    const to = Math.min(all.length, line - 1 + Math.min(lines, SHOWN_LINES) + LINES_AROUND);
    for (let number = Math.max(1, line - LINES_AROUND); number <= to; number += 1) wanted.add(number);
  }
  const numbers = [...wanted].sort((a, b) => a - b);
  let room = SHOWN_CHARS;
  const shown: string[] = [];
  for (const [at, number] of numbers.entries()) {
    const line = `${String(number).padStart(6)}\t${(all[number - 1] ?? '').replace(/\r$/, '').slice(0, 500)}`;
    room -= line.length;
    if (room < 0) return [...shown, '     …'].join('\n');
    const before = numbers[at - 1];
    if (before !== undefined && before !== number - 1) shown.push('     …');
    shown.push(line);
  }
  return shown.join('\n');
}
