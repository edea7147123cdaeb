import { count } from '../base/text.ts';
import { failureCount } from '../protocol/failures.ts';
import { isJsonObject, type Json } from '../protocol/json.ts';
import type { Census, RunEnd } from '../protocol/run.ts';
import { censusText } from './census.ts';
import { headOf } from '../protocol/resultText.ts';

/** How a run ended, for a notification. */
export interface EndWords {
  /** Sentences, without the run's name before them. */
  readonly text: string;
  /** There is a result, and the text does not have all of it. */
  readonly more: boolean;
}

const MAX_CHARS = 300;

/**
 * How it ended, what became of its agents, and what the result says for itself: a text, or its `message`. Whatever is too
 * long is given by its head, its size and where all of it is (W40).
 */
export function endWords(end: RunEnd, census: Census | null, resultPath: string): EndWords {
  const said = saidBy(end.result);
  const head = said === null ? null : headOf(oneLine(said), MAX_CHARS, resultPath);
  const result = head === null ? [] : [head.note === null ? head.text : `${head.text}… (${head.note})`];
  const counted = census === null ? '' : censusText(census);
  const withCensus = (...sentences: readonly string[]): string =>
    `${sentences.join(' ')}${counted === '' ? '' : ` · ${counted}`}`;
  const more = end.result !== null && (typeof end.result !== 'string' || head?.note != null);
  switch (end.status) {
    case 'completed':
      return { text: withCensus('has completed.', ...result), more };
    case 'degraded':
      return { text: withCensus(`has ended with ${count(failureCount(end.failures), 'failure')}.`, ...result), more };
    case 'stopped':
    case 'failed': {
      const why = headOf(oneLine(end.message.split('\n', 1)[0] ?? ''), MAX_CHARS, resultPath).text;
      return { text: withCensus(end.status === 'stopped' ? 'was stopped:' : 'has failed:', why), more: false };
    }
  }
}

function saidBy(result: Json): string | null {
  if (typeof result === 'string') return result;
  const message = isJsonObject(result) ? result['message'] : undefined;
  return typeof message === 'string' ? message : null;
}

function oneLine(text: string): string {
  return text.trim().replace(/\s*[\n\r]+\s*/g, ' ');
}
