import type { Disposable } from '../../base/disposable.ts';
import type { Engine } from '../../node/createEngine.ts';
import type { Event } from '../../protocol/messages.ts';

/** An open session, as the command line talks with it. */
export interface TalkDoor {
  readonly engine: Pick<Engine, 'dispatch' | 'subscribe' | 'listen'>;
  readonly sessionId: string;
  readonly say: (text: string) => void;
  /** Where its folder's runs are kept. */
  readonly place: { readonly home: string; readonly cwd: string };
  /** What a resume would do; absent where the session is not of this process. */
  readonly previewResume?: Engine['previewResume'];
  /** What its log says so far. */
  readonly past: readonly Event[];
  /** Why nobody would have the session if this terminal left it to another process; null: one would. */
  readonly detachProblem?: () => Promise<string | null>;
  /** Absent: it is this process's own, and ends with it. */
  readonly elsewhere?: Elsewhere;
}

/** A session that another process has. */
export interface Elsewhere {
  readonly pid: number;
  /** Resolves with why when it can be talked with no more. */
  readonly over: Promise<string>;
  /** What was said and did not get there, in a line for the person. */
  readonly onProblem: (listener: (problem: string) => void) => Disposable;
}

/** An open session of this process. */
export interface ChatDoor extends Omit<TalkDoor, 'engine' | 'past' | 'elsewhere' | 'detachProblem'> {
  readonly engine: Pick<Engine, 'dispatch' | 'subscribe' | 'listen' | 'idle'>;
}
