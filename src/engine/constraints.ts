import { clip } from '../base/text.ts';

/** Words by which people forbid, demand or limit. What they say without them stands in the task, which is kept whole. */
const BINDING =
  /\b(?:never|must(?:n't)?|do not|don't|does not|doesn't|may not|cannot|can't|shall|should not|shouldn't|forbidden|not allowed|no one may|nobody may|always|only|except|without|avoid|leave\b.*\balone|unchanged|at most|at least)\b/i;
const MOST = 40;
const MOST_CHARS = 4_000;
const LONGEST = 300;

/** Sentences of these texts that forbid, demand or limit something, word for word, each once, the first texts' first. */
export function constraintsIn(texts: readonly string[]): readonly string[] {
  const found = new Set<string>();
  let chars = 0;
  for (const sentence of texts.flatMap(sentencesOf)) {
    if (!BINDING.test(sentence) || found.has(sentence)) continue;
    chars += sentence.length;
    if (found.size >= MOST || chars > MOST_CHARS) break;
    found.add(sentence);
  }
  return [...found];
}

/** A dot inside a name (`src/a.ts`, `v1.2`) ends no sentence. */
function sentencesOf(text: string): readonly string[] {
  return text
    .split(/\n+|(?<=[.!?;])\s+/)
    .map((sentence) => clip(sentence.replace(/^[\s>*#-]+/, '').trim(), LONGEST))
    .filter((sentence) => sentence.length > 3);
}
