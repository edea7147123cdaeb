import { AbortError, isAbort, onAbort } from '../../base/abort.ts';
import type { Disposable } from '../../base/disposable.ts';
import { headline } from '../../base/text.ts';
import type { LaunchOffer } from '../../protocol/launchOffer.ts';
import type { Event } from '../../protocol/messages.ts';
import { SESSION_AGENT } from '../../protocol/session.ts';
import type { SessionChange } from './ownSession.ts';

/** What of the session a chat needs. */
export interface ChatSession {
  /** False: it was not said. */
  say(text: string): Promise<boolean>;
  interrupt(): void;
  on(listener: (change: SessionChange) => void): Disposable;
}

/** Where the chat shows things. */
export interface ChatSink {
  markdown(text: string): void;
  progress(text: string): void;
  /** A button that opens the page of a run. */
  run(runId: string, title: string): void;
  /** The session asks something, which is answered in its view. */
  asks(requestId: string, text: string): void;
  /** The session asks whether a workflow is to start, which can be answered here too. */
  launch(requestId: string, offer: LaunchOffer): void;
}

/**
 * Says something to the session and shows what comes of it until its turn has ended; a run that it starts goes on in the
 * background. When the signal fires the turn is interrupted, if it is under way. Resolves in either case.
 */
export async function answerInChat(
  session: ChatSession,
  text: string,
  sink: ChatSink,
  signal: AbortSignal,
): Promise<void> {
  const answer = new Answer(text, sink);
  const listening = session.on((change) => answer.take(change));
  try {
    if (!(await session.say(text))) return;
    await answer.whenOver(signal);
  } catch (error) {
    if (!isAbort(error)) throw error;
    if (answer.isWorking) session.interrupt();
  } finally {
    listening.dispose();
  }
}

class Answer {
  readonly #text: string;
  readonly #sink: ChatSink;
  readonly #isCommand: boolean;
  /** Null until it has been asked for. */
  #turnId: string | null = null;
  #streamed = false;
  #over = false;
  #onOver: (() => void) | null = null;
  isWorking = false;

  constructor(text: string, sink: ChatSink) {
    this.#text = text;
    this.#sink = sink;
    this.#isCommand = text.trimStart().startsWith('/');
  }

  take(change: SessionChange): void {
    if (this.#over) return;
    // A new session has just been opened for it, or another one has taken the place of its own; or it was found in
    // another process, or is there no more.
    if (change.type === 'another' || change.type === 'elsewhere') {
      if (this.#turnId !== null) this.#end();
    } else if (change.type === 'events') for (const event of change.events) this.#hear(event);
    else if (this.isWorking) {
      this.#streamed = true;
      this.#sink.markdown(change.text);
    }
  }

  /** Rejects with AbortError when the signal fires before. */
  whenOver(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#over) {
        resolve();
        return;
      }
      const aborted = onAbort(signal, () => reject(new AbortError(signal.reason)));
      this.#onOver = () => {
        aborted.dispose();
        resolve();
      };
    });
  }

  #hear(event: Event): void {
    switch (event.type) {
      case 'turn.asked':
        if (this.#turnId === null && (this.#isCommand || (event.by === 'person' && event.text === this.#text)))
          this.#turnId = event.turnId;
        return;
      case 'turn.started':
        this.isWorking = event.turnId === this.#turnId;
        return;
      case 'session.told':
        this.#sink.markdown(`${event.text}\n\n`);
        if (this.#isCommand && this.#turnId === null) this.#end();
        return;
      case 'refused':
        this.#sink.markdown(`${event.error}\n\n`);
        if (this.#turnId === null) this.#end();
        return;
      case 'run.ended':
        this.#end();
        return;
      default:
        if (this.isWorking) this.#hearOwn(event);
    }
  }

  /** What comes to pass while its turn is under way. */
  #hearOwn(event: Event): void {
    switch (event.type) {
      case 'turn.said':
        this.#sink.markdown(this.#streamed ? '\n\n' : `${event.text}\n\n`);
        this.#streamed = false;
        return;
      case 'tool.started':
        if (event.agentId === SESSION_AGENT) this.#sink.progress(`${event.tool} ${headline(event.summary, 120)}`);
        return;
      case 'workflow.launched':
        this.#sink.run(event.launchedRunId, event.title);
        return;
      case 'permission.asked':
        if (event.launch) this.#sink.launch(event.requestId, event.launch);
        else this.#sink.asks(event.requestId, `The session asks for your permission to use ${event.tool}.`);
        return;
      case 'question.asked':
        this.#sink.asks(event.requestId, 'The session asks you something.');
        return;
      case 'turn.ended':
        if (event.end.kind === 'failed') this.#sink.markdown(`That failed: ${event.end.message}`);
        if (event.end.kind === 'interrupted') this.#sink.markdown('Interrupted.');
        this.#end();
        return;
      default:
    }
  }

  #end(): void {
    this.#over = true;
    this.isWorking = false;
    this.#onOver?.();
  }
}
