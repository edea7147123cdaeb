import { AbortError, onAbort } from '../base/abort.ts';
import type { PermissionRequest } from '../engine/permission.ts';
import type { PermissionAnswer } from '../engine/toolRouter.ts';
import type { Recorder } from './recorder.ts';

const NOBODY = 'Nobody is there to allow it. Do without it, or say in your answer what you would have needed.';
const DENIED = 'The person denied it. Do not try it another way.';

/** Permission requests of all agents of a run, answered by a person through commands, or by nobody. */
export class Inbox {
  readonly #recorder: Recorder;
  readonly #attended: boolean;
  readonly #newId: () => string;
  readonly #open = new Map<string, (allow: boolean) => void>();

  constructor(recorder: Recorder, attended: boolean, newId: () => string) {
    this.#recorder = recorder;
    this.#attended = attended;
    this.#newId = newId;
  }

  ask(agentId: string, request: PermissionRequest, summary: string, signal: AbortSignal): Promise<PermissionAnswer> {
    const requestId = this.#newId();
    this.#recorder.emit({ type: 'permission.asked', requestId, agentId, tool: request.tool, summary });
    if (!this.#attended) {
      this.#recorder.emit({ type: 'permission.answered', requestId, allowed: false, by: 'nobody' });
      return Promise.resolve({ deny: NOBODY });
    }
    return new Promise((resolve, reject) => {
      const listening = onAbort(signal, () => {
        this.#open.delete(requestId);
        reject(new AbortError(signal.reason));
      });
      this.#open.set(requestId, (allow) => {
        listening.dispose();
        this.#open.delete(requestId);
        this.#recorder.emit({ type: 'permission.answered', requestId, allowed: allow, by: 'person' });
        resolve(allow ? 'allow' : { deny: DENIED });
      });
    });
  }

  /** False when no such request is open. */
  answer(requestId: string, allow: boolean): boolean {
    const settle = this.#open.get(requestId);
    settle?.(allow);
    return settle !== undefined;
  }
}
