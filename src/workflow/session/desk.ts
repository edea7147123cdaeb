import { AbortError, onAbort } from '../../base/abort.ts';
import type { Disposable } from '../../base/disposable.ts';
import { Emitter } from '../../base/emitter.ts';
import type { EventBody } from '../../protocol/messages.ts';
import type { Loop, TurnSource } from '../../protocol/session.ts';
import type { Allowance } from './allowance.ts';
import { fromPerson } from './fromPerson.ts';
import { slashCommand, type SlashCommand } from './slash.ts';

/** What a session's agent is to do, by whom. */
export interface Asked {
  readonly turnId: string;
  readonly by: TurnSource;
  /** As a person is shown it. */
  readonly text: string;
  /** As the agent reads it. */
  readonly prompt: string;
  /** Done to the conversation itself, in the place of an answer. */
  readonly act?: 'clear' | 'compact';
  /** Whose words these are. */
  readonly loopId?: string;
  /** Of the person's words that it follows from; absent: only its own count. */
  readonly allowance?: Allowance;
}

/** Does a command, in a loop's round or in none; never rejects. */
type OnCommand = (command: SlashCommand, loopId: string | null) => Promise<void>;

/** A turn under way, as far as others may end it. */
interface Working {
  interrupt(): void;
}

function actOf({ name }: SlashCommand): Asked['act'] | null {
  return name === 'clear' || name === 'compact' ? name : null;
}

interface DeskDeps {
  readonly newId: () => string;
  readonly emit: (event: EventBody) => void;
}

/** Where what a session is asked waits for its turn, first come first served. */
export class Desk {
  readonly #deps: DeskDeps;
  readonly #waiting: Asked[] = [];
  /** Until somebody does them. */
  readonly #commands: SlashCommand[] = [];
  readonly #changed = new Emitter<void>();
  /** Pieces of the reply under way, for who looks on; they are in no log. */
  readonly #deltas = new Emitter<string>();
  #onCommand: OnCommand | null = null;
  #working: Working | null = null;
  /** What was last taken is not done yet, up to the event that says so. */
  #taken = false;
  /** Runs that the session has started, and commands under way. */
  #others = 0;

  constructor(deps: DeskDeps) {
    this.#deps = deps;
  }

  /** What a person typed: something for the agent, or a command, which waits for its turn only if it is about the conversation. `plain`: as in `session.say`. */
  hear(typed: string, plain = false): void {
    const command = slashCommand(typed);
    const act = command && actOf(command);
    if (command === null) this.ask(fromPerson(typed, plain));
    else if (act) this.ask({ by: 'person', text: typed.trim(), prompt: '', act });
    else if (this.#onCommand) void this.#onCommand(command, null);
    else this.#commands.push(command);
  }

  /** What a loop says again, as a person would have typed it; its words ask for no workflow, since nobody types them now. Resolves when a command is done. */
  async repeat({ loopId, text }: Pick<Loop, 'loopId' | 'text'>): Promise<void> {
    const command = slashCommand(text);
    if (command === null) this.ask({ ...fromPerson(text, true), by: 'loop', loopId });
    else await this.#onCommand?.(command, loopId);
  }

  onCommand(on: OnCommand): void {
    this.#onCommand = on;
    for (const command of this.#commands.splice(0)) void on(command, null);
  }

  ask(asked: Omit<Asked, 'turnId'>): void {
    const turnId = this.#deps.newId();
    this.#waiting.push({ ...asked, turnId });
    this.#deps.emit({ type: 'turn.asked', turnId, by: asked.by, text: asked.text });
    this.#changed.emit();
  }

  /** The next one, as soon as there is one. Rejects with AbortError when the signal fires before. */
  async next(signal: AbortSignal): Promise<Asked> {
    this.#taken = false;
    this.#changed.emit();
    for (;;) {
      if (signal.aborted) throw new AbortError(signal.reason);
      const asked = this.#waiting.shift();
      if (asked) {
        this.#taken = true;
        return asked;
      }
      await this.#change(signal);
    }
  }

  /** False: nobody works. */
  interrupt(): boolean {
    this.#working?.interrupt();
    return this.#working !== null;
  }

  /** While `body` lasts, `working` is what an interruption ends. */
  async during<T>(working: Working, body: () => Promise<T>): Promise<T> {
    this.#working = working;
    try {
      return await body();
    } finally {
      this.#working = null;
    }
  }

  /** Something that is waited for besides turns: a run in the background, a command. */
  async beside<T>(body: () => Promise<T>): Promise<T> {
    this.#others += 1;
    try {
      return await body();
    } finally {
      this.#others -= 1;
      this.#changed.emit();
    }
  }

  /** Nothing is under way, nothing waits, and no run of the session goes on. */
  get isIdle(): boolean {
    return this.isFree && this.#others === 0 && this.#commands.length === 0;
  }

  /** Nobody waits for the agent. */
  get isFree(): boolean {
    return !this.#taken && this.#waiting.length === 0;
  }

  /** Resolves as soon as it is idle. Rejects with AbortError when the signal fires before. */
  async idle(signal: AbortSignal): Promise<void> {
    while (!this.isIdle) await this.#change(signal);
  }

  /** Resolves as soon as the agent is free. Rejects with AbortError when the signal fires before. */
  async free(signal: AbortSignal): Promise<void> {
    while (!this.isFree) await this.#change(signal);
  }

  say(delta: string): void {
    this.#deltas.emit(delta);
  }

  onDelta(on: (delta: string) => void): Disposable {
    return this.#deltas.on(on);
  }

  #change(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const changed = this.#changed.on(() => {
        changed.dispose();
        aborted.dispose();
        resolve();
      });
      const aborted = onAbort(signal, () => {
        changed.dispose();
        reject(new AbortError(signal.reason));
      });
    });
  }
}
