import { isJsonObject, type Json, type JsonObject } from '../../protocol/json.ts';
import type { Brain } from './brain.ts';
import type { Reply } from './reply.ts';
import type { Condition, Rule } from './rules.ts';
import type { RequestView } from './view.ts';

/** A rule as a brain. Counts its own matches, so it belongs to one simulator. Throws where a pattern is no regular expression. */
export function ruleBrain({ when = {}, times = Infinity, reply }: Rule): Brain {
  const match = matcher(when);
  const replies = isList(reply) ? reply : [reply];
  const templates = replies.map((each) => JSON.stringify(each).includes('{{'));
  let matched = 0;
  return (view) => {
    const names = matched < times ? match(view) : undefined;
    if (names === undefined) return undefined;
    const at = Math.min(matched++, replies.length - 1);
    const chosen = replies[at];
    // A reply without templates stays the same object, so that its bytes are made once.
    return chosen !== undefined && templates[at] === true ? filled(chosen, names()) : chosen;
  };
}

type Names = ReadonlyMap<string, string>;

/** The texts of a request that a condition's pattern may match, in the order in which groups are taken. */
const TEXTS: Readonly<
  Record<'model' | 'system' | 'tool' | 'prompt' | 'last', (view: RequestView) => readonly string[]>
> = {
  model: (view) => [view.model],
  system: (view) => [view.system],
  tool: (view) => view.tools.map((tool) => tool.name),
  prompt: (view) => [view.prompt],
  last: (view) => [view.last],
};

/** What templates may name, on demand; undefined when the condition does not hold. */
function matcher(when: Condition): (view: RequestView) => (() => Names) | undefined {
  const { tool } = when;
  const sources = { ...when, ...(tool !== undefined && { tool: `^(?:${tool})$` }) };
  const patterns = (Object.keys(TEXTS) as (keyof typeof TEXTS)[]).flatMap((field) => {
    const source = sources[field];
    return source === undefined ? [] : [{ pattern: new RegExp(source), texts: TEXTS[field] }];
  });
  return (view) => {
    if (when.turn !== undefined && when.turn !== view.turn) return undefined;
    if (when.schema !== undefined && when.schema !== (view.schema !== undefined)) return undefined;
    let groups: RegExpExecArray | undefined;
    for (const { pattern, texts } of patterns) {
      const found = firstMatch(pattern, texts(view));
      if (found === undefined) return undefined;
      if (found.length > 1) groups = found;
    }
    return () => namesOf(view, groups);
  };
}

function firstMatch(pattern: RegExp, texts: readonly string[]): RegExpExecArray | undefined {
  for (const text of texts) {
    const match = pattern.exec(text);
    if (match !== null) return match;
  }
  return undefined;
}

/** A group that took no part in the match is the empty text. */
function namesOf(view: RequestView, groups: RegExpExecArray | undefined): Names {
  const names = new Map([
    ['model', view.model],
    ['turn', String(view.turn)],
  ]);
  const numbered: readonly (string | undefined)[] = groups ?? [];
  const named: Readonly<Record<string, string | undefined>> = groups?.groups ?? {};
  for (const [at, group] of numbered.entries()) names.set(String(at), group ?? '');
  for (const [name, group] of Object.entries(named)) names.set(name, group ?? '');
  return names;
}

function filled(reply: Reply, names: Names): Reply {
  const fill = (text: string): string =>
    text.replace(/\{\{(\w+)\}\}/g, (whole, name: string) => names.get(name) ?? whole);
  return {
    ...reply,
    ...(reply.text !== undefined && { text: fill(reply.text) }),
    ...(reply.tools !== undefined && {
      tools: reply.tools.map(({ name, input }) => ({ name: fill(name), input: filledObject(input, fill) })),
    }),
    ...(reply.structured !== undefined && { structured: filledJson(reply.structured, fill) }),
    ...(reply.error?.message !== undefined && { error: { ...reply.error, message: fill(reply.error.message) } }),
  };
}

function filledJson(value: Json, fill: (text: string) => string): Json {
  if (typeof value === 'string') return fill(value);
  if (isJsonObject(value)) return filledObject(value, fill);
  return isList(value) ? value.map((item) => filledJson(item, fill)) : value;
}

function filledObject(value: JsonObject, fill: (text: string) => string): JsonObject {
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, filledJson(member, fill)]));
}

/** `Array.isArray` does not narrow to readonly lists. */
function isList<T>(value: T | readonly T[]): value is readonly T[] {
  return Array.isArray(value);
}
