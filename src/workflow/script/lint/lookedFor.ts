import type { AnyNode } from 'acorn';
import type { CheckedScript } from '../check.ts';
import { memberName, Source } from './source.ts';

/** What the text of a script says about the values that it waits for, where a schema leaves them open. */
export interface LookedFor {
  /** By the name of a member: the texts that it is compared with, as in `answer.status === 'done'`. */
  readonly byName: ReadonlyMap<string, readonly string[]>;
  /** What it looks for inside of texts, as in `text.includes('APPROVED')`. */
  readonly inside: readonly string[];
  /** Members that are the place of an item in a list, as in `list[answer.choice]`. */
  readonly indexes: ReadonlySet<string>;
}

export const NOTHING_LOOKED_FOR: LookedFor = { byName: new Map(), inside: [], indexes: new Set() };

const COMPARING = new Set(['===', '!==', '==', '!=']);
const SEARCHING = new Set(['includes', 'startsWith', 'endsWith']);
const MATCHING = new Set(['match', 'test', 'search']);

export function lookedFor(script: CheckedScript): LookedFor {
  const source = new Source(script);
  const byName = new Map<string, Set<string>>();
  const inside = new Set<string>();
  const indexes = new Set<string>();
  for (const node of source.nodes) {
    for (const { name, text } of comparedIn(source, node)) byName.set(name, (byName.get(name) ?? new Set()).add(text));
    const text = searchedIn(source, node);
    if (text !== null && text.trim() !== '') inside.add(text);
    const place = node.type === 'MemberExpression' && node.computed ? memberName(bare(node.property)) : null;
    if (place !== null) indexes.add(place);
  }
  return {
    byName: new Map([...byName].map(([name, texts]) => [name, [...texts]])),
    inside: [...inside],
    indexes,
  };
}

interface Compared {
  readonly name: string;
  readonly text: string;
}

function comparedIn(source: Source, node: AnyNode): readonly Compared[] {
  if (node.type === 'BinaryExpression' && COMPARING.has(node.operator))
    return [...compared(source, node.left, [node.right]), ...compared(source, node.right, [node.left])];
  if (node.type === 'SwitchStatement')
    return compared(
      source,
      node.discriminant,
      node.cases.flatMap(({ test }) => test ?? []),
    );
  if (node.type !== 'CallExpression' || memberName(node.callee) !== 'includes') return [];
  const list = node.callee.type === 'MemberExpression' ? source.valueOf(node.callee.object) : null;
  const [wanted] = node.arguments;
  if (list?.type !== 'ArrayExpression' || !wanted) return [];
  return compared(
    source,
    wanted,
    list.elements.flatMap((element) => element ?? []),
  );
}

function compared(source: Source, side: AnyNode, others: readonly AnyNode[]): readonly Compared[] {
  const name = memberName(bare(side));
  if (name === null) return [];
  return others.flatMap((other) => {
    const text = source.textOf(other);
    return text === null || text === '' ? [] : [{ name, text }];
  });
}

/** A word, or a pattern that is a plain word: `/\bapproved\b/i`. */
function searchedIn(source: Source, node: AnyNode): string | null {
  if (node.type !== 'CallExpression' || node.callee.type !== 'MemberExpression') return null;
  const method = memberName(node.callee) ?? '';
  const [wanted] = node.arguments;
  if (SEARCHING.has(method)) return wanted ? source.textOf(wanted) : null;
  if (!MATCHING.has(method)) return null;
  const pattern = source.valueOf(method === 'test' || !wanted ? node.callee.object : wanted);
  if (pattern.type !== 'Literal' || !('regex' in pattern)) return null;
  const word = pattern.regex.pattern.replaceAll(/\\b|[$^]/g, '');
  return /^[\w :-]+$/.test(word) ? word : null;
}

/** `answer.status` of `answer?.status` and of `answer.status.trim().toLowerCase()`. */
function bare(node: AnyNode): AnyNode {
  if (node.type === 'ChainExpression') return bare(node.expression);
  if (node.type !== 'CallExpression' || node.callee.type !== 'MemberExpression') return node;
  return SHAPING.test(memberName(node.callee) ?? '') ? bare(node.callee.object) : node;
}

const SHAPING = /^(trim|trimStart|trimEnd|toLowerCase|toUpperCase|toString)$/;
