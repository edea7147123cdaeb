import type { RunState } from '../src/projection/state.ts';
import type { HostMessage, ViewMessage } from '../src/protocol/wire.ts';

/** The editor's side of this page, and what the page keeps while the editor has it hidden. */
export interface Transport {
  readonly send: (message: ViewMessage) => void;
  /** Calls back for each message until the returned function is called. */
  listen(on: (message: HostMessage<RunState>) => void): () => void;
  /** What was remembered last, by this page or by the one that it replaces; undefined at first. */
  recall(): unknown;
  remember(memory: Memory): void;
}

/** The editor hands it back to the host when a window reload restores the page: hence the run's id. */
export interface Memory {
  readonly runId: string | null;
  readonly view: string;
  readonly selected: string | null;
}

interface VsCodeApi {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
}

declare function acquireVsCodeApi(): VsCodeApi;

/** May be called once a page: the editor hands out its side only once. */
export function connect(): Transport {
  const api = acquireVsCodeApi();
  return {
    send: (message) => api.postMessage(message),
    listen: (on) => {
      const receive = ({ data }: MessageEvent<unknown>): void => {
        if (isHostMessage(data)) on(data);
      };
      window.addEventListener('message', receive);
      return () => window.removeEventListener('message', receive);
    },
    recall: () => api.getState(),
    remember: (memory) => api.setState(memory),
  };
}

const TYPES: ReadonlySet<unknown> = new Set<HostMessage<RunState>['type']>([
  'snapshot',
  'events',
  'alive',
  'answerable',
  'agent',
]);

/** The host is trusted and ships with this page; what is sorted out here is what others post to the window. */
function isHostMessage(data: unknown): data is HostMessage<RunState> {
  return typeof data === 'object' && data !== null && 'type' in data && TYPES.has(data.type);
}
