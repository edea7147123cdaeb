import type { Engine } from '../../node/createEngine.ts';

/** An open session, as the command line holds it. */
export interface ChatDoor {
  readonly engine: Pick<Engine, 'dispatch' | 'subscribe' | 'listen' | 'idle'>;
  readonly sessionId: string;
  readonly say: (text: string) => void;
}
