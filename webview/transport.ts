import type { RunState } from '../src/projection/state.ts';
import type { HostMessage, ViewMessage } from '../src/protocol/wire.ts';

/** The editor's side of a page, and what the page keeps while the editor has it hidden. */
export interface Channel<In, Out, Kept> {
  readonly send: (message: Out) => void;
  /** Calls back for each message until the returned function is called. */
  listen(on: (message: In) => void): () => void;
  /** What was remembered last, by this page or by the one that it replaces; undefined at first. */
  recall(): unknown;
  remember(memory: Kept): void;
}

/** Of the page of a run. */
export type Transport = Channel<HostMessage<RunState>, ViewMessage, Memory>;

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

/** Every type of message that the host sends: one that is forgotten here would be dropped without a word. */
type Types<In extends { readonly type: string }> = Readonly<Record<In['type'], true>>;

/** May be called once a page: the editor hands out its side only once. Messages of other types are not the host's. */
export function connect<In extends { readonly type: string }, Out, Kept>(types: Types<In>): Channel<In, Out, Kept> {
  const api = acquireVsCodeApi();
  return {
    send: (message) => api.postMessage(message),
    listen: (on) => {
      const receive = ({ data }: MessageEvent<unknown>): void => {
        if (isOf<In>(types, data)) on(data);
      };
      window.addEventListener('message', receive);
      return () => window.removeEventListener('message', receive);
    },
    recall: () => api.getState(),
    remember: (memory) => api.setState(memory),
  };
}

/** The host is trusted and ships with this page; what is sorted out here is what others post to the window. */
function isOf<In extends { readonly type: string }>(types: Types<In>, data: unknown): data is In {
  if (typeof data !== 'object' || data === null || !('type' in data)) return false;
  return typeof data.type === 'string' && Object.hasOwn(types, data.type);
}
