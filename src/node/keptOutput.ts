import { StringDecoder } from 'node:string_decoder';

/** Keeps the beginning and the end of a stream in about `maxChars` of memory, however much flows through. */
export interface KeptOutput {
  /** A writer for one pipe: a character that is split over two of its chunks stays whole. */
  writer(): { write(chunk: Buffer): void; end(): void };
  /** What is kept, at most `maxChars`, with a line in the middle that tells how much is not. */
  text(): string;
  /** Something of it had to go. */
  cut(): boolean;
  readonly maxChars: number;
}

const isHighSurrogate = (code: number): boolean => code >= 0xd800 && code <= 0xdbff;
const isLowSurrogate = (code: number): boolean => code >= 0xdc00 && code <= 0xdfff;

/** Room for the line that tells of the cut. */
const NOTE_CHARS = 64;

export function createKeptOutput(maxChars: number): KeptOutput {
  const half = Math.max(0, Math.floor((maxChars - NOTE_CHARS) / 2));
  let total = 0;
  /** The first `maxChars`: all there is as long as nothing has to go. */
  let head = '';
  let tail: string[] = [];
  let tailChars = 0;

  const add = (text: string): void => {
    total += text.length;
    const room = maxChars - head.length;
    const first = text.slice(0, room);
    head += first;
    const rest = text.slice(first.length);
    if (rest === '') return;
    tail.push(rest.slice(-maxChars));
    tailChars += Math.min(rest.length, maxChars);
    if (tailChars > 2 * maxChars) {
      tail = [tail.join('').slice(-maxChars)];
      tailChars = maxChars;
    }
  };

  return {
    writer: () => {
      const decoder = new StringDecoder('utf8');
      return { write: (chunk) => add(decoder.write(chunk)), end: () => add(decoder.end()) };
    },
    cut: () => total > maxChars,
    maxChars,
    text: () => {
      if (total <= maxChars) return head;
      let start = head.slice(0, half || maxChars);
      let end = (head + tail.join('')).slice(-half);
      if (isHighSurrogate(start.charCodeAt(start.length - 1))) start = start.slice(0, -1);
      if (half === 0) return start;
      if (isLowSurrogate(end.charCodeAt(0))) end = end.slice(1);
      return `${start}\n[… ${total - start.length - end.length} characters left out …]\n${end}`;
    },
  };
}
