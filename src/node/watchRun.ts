import * as z from 'zod';
import { controlAnswer, controlNews } from '../protocol/control.ts';
import type { Event } from '../protocol/messages.ts';
import { controlAddresses } from './controlAddress.ts';
import { ownerOf } from './controlClient.ts';
import { connectLine, followLines } from './lineClient.ts';
import { parseJson } from './ndjson.ts';
import { eventSchema } from './runFiles.ts';

export interface WatchedRun {
  readonly runId: string;
  readonly dir: string;
  /** Number of the first event that is wanted. */
  readonly from: number;
}

/** Gets what happens in a run of another process, in its order. */
export interface Watcher {
  events(events: readonly Event[]): void;
  delta(text: string): void;
}

/** How a watch ended: the run did, its process is gone or reachable no more, it was refused, or nobody watches any more. */
export type WatchEnd =
  | { readonly kind: 'ended' }
  | { readonly kind: 'gone' }
  | { readonly kind: 'refused'; readonly message: string }
  | { readonly kind: 'left' };

/** A run that begins has an owner before it listens, and one that changes hands has none for a moment. */
const PATIENCE_MS = 3_000;
const RETRY_MS = 50;

interface Heard {
  /** Number of the next event. */
  next: number;
  ended: boolean;
  refused: string | null;
}

/** Watches until the run has ended or the signal fires. A connection that breaks is made again: no event is missed. */
export async function watchRun(run: WatchedRun, watcher: Watcher, signal: AbortSignal): Promise<WatchEnd> {
  const heard: Heard = { next: run.from, ended: false, refused: null };
  const onLine = (line: string): void => {
    const message = parseJson(line);
    const news = controlNews.safeParse(message);
    if (!news.success) heard.refused ??= controlAnswer.safeParse(message).data?.error ?? null;
    else if ('delta' in news.data) watcher.delta(news.data.delta);
    else {
      const events =
        z
          .array(eventSchema)
          .safeParse(news.data.events)
          .data?.filter(({ seq }) => seq >= heard.next) ?? [];
      const last = events.at(-1);
      if (last === undefined) return;
      heard.next = last.seq + 1;
      heard.ended = last.type === 'run.ended';
      watcher.events(events);
    }
  };
  for (let giveUpAt = Date.now() + PATIENCE_MS; ;) {
    const connected = await connectLine(await controlAddresses(run.dir).catch(() => []));
    if (connected !== null) {
      const leave = (): void => void connected.socket.destroy();
      signal.addEventListener('abort', leave, { once: true });
      if (signal.aborted) leave();
      const before = heard.next;
      await followLines(connected, { type: 'watch', runId: run.runId, from: before }, onLine);
      signal.removeEventListener('abort', leave);
      if (heard.next > before) giveUpAt = Date.now() + PATIENCE_MS;
    }
    if (signal.aborted) return { kind: 'left' };
    if (heard.ended) return { kind: 'ended' };
    if (heard.refused !== null) return { kind: 'refused', message: heard.refused };
    if ((await ownerOf(run.dir)).kind !== 'held' || Date.now() > giveUpAt) return { kind: 'gone' };
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}
