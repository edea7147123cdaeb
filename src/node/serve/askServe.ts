import { serveAnswer, type ServeAnswer, type ServeRequest } from '../../protocol/serve.ts';
import { controlAddresses } from '../controlAddress.ts';
import { askLine, connectLine } from '../lineClient.ts';
import { parseJson } from '../ndjson.ts';
import { serveFolder, servingPid } from './serveLock.ts';

export type ServeOutcome =
  | { readonly kind: 'answered'; readonly answer: ServeAnswer }
  /** No process serves in this home. */
  | { readonly kind: 'none' }
  /** One does and does not answer; it may still do what it was asked. */
  | { readonly kind: 'silent'; readonly pid: number };

/** A process that begins has the lock before it listens. */
const CONNECT_MS = 2_000;
/** A launch looks at a repository first, and a large one takes its time. */
const ANSWER_MS = 120_000;
const RETRY_MS = 50;

/** Asks the process that serves in this home. */
export async function askServe(home: string, request: ServeRequest): Promise<ServeOutcome> {
  for (const giveUpAt = Date.now() + CONNECT_MS; ;) {
    const pid = await servingPid(home);
    if (pid === null) return { kind: 'none' };
    const connected = await connectLine(await controlAddresses(serveFolder(home), home));
    if (connected !== null) {
      const heard = await askLine(connected, request, ANSWER_MS);
      const answer = heard.kind === 'line' ? serveAnswer.safeParse(parseJson(heard.text)) : null;
      return answer?.success === true ? { kind: 'answered', answer: answer.data } : { kind: 'silent', pid };
    }
    if (Date.now() > giveUpAt) return { kind: 'silent', pid };
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}
