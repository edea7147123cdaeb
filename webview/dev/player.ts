import { agentOf } from '../../src/projection/agentTable.ts';
import { reduce } from '../../src/projection/reduce.ts';
import { initialState, snapshotOf, type RunState } from '../../src/projection/state.ts';
import type { Event } from '../../src/protocol/messages.ts';
import type { HostMessage, ViewMessage } from '../../src/protocol/wire.ts';
import recording from './run.ndjson';
import { applyTheme } from './themes.ts';

// Stands where the editor would: gives the page its theme and its messages. It plays a recorded run in real time, or,
// with ?host=test, does nothing by itself and lets a test speak for the host.

interface Dev {
  /** Everything that the page has said, oldest first. */
  readonly sent: ViewMessage[];
  /** What the page asked the editor to keep. */
  memory: unknown;
  post(message: HostMessage<RunState>): void;
  theme(name: string): void;
}

declare global {
  interface Window {
    dev: Dev;
    acquireVsCodeApi: () => object;
  }
}

const query = new URLSearchParams(location.search);
const dev: Dev = {
  sent: [],
  memory: undefined,
  post: (message) => window.postMessage(message, '*'),
  theme: applyTheme,
};
window.dev = dev;

const isTest = query.get('host') === 'test';
const hear = isTest ? () => undefined : play(parse(recording));
window.acquireVsCodeApi = () => ({
  postMessage: (message: ViewMessage) => {
    dev.sent.push(message);
    hear(message);
  },
  getState: () => dev.memory,
  setState: (memory: unknown) => (dev.memory = memory),
});

const bar = document.querySelector<HTMLFormElement>('#bar');
const themes = bar?.querySelector<HTMLSelectElement>('[name=theme]');
const speeds = bar?.querySelector<HTMLSelectElement>('[name=speed]');
if (bar) bar.hidden = isTest;
if (themes) themes.value = query.get('theme') ?? 'dark';
if (speeds) speeds.value = query.get('speed') ?? '1';
themes?.addEventListener('change', () => applyTheme(themes.value));
applyTheme(query.get('theme') ?? 'dark');

function parse(text: string): readonly Event[] {
  return text.split('\n').flatMap((line): Event[] => (line === '' ? [] : [JSON.parse(line) as Event]));
}

/** As if the recorded run had started now; `?from=N` starts with the event numbered N. */
function play(recorded: readonly Event[]): (message: ViewMessage) => void {
  const shift = Date.now() - (recorded[0]?.at ?? 0);
  const waiting = recorded.map((event) => ({ ...event, at: event.at + shift }));
  const from = Number(query.get('from') ?? 1);
  let state = waiting.splice(0, from - 1).reduce(reduce, initialState(waiting[0]?.runId ?? ''));
  let clock = state.at || Date.now();
  let before = Date.now();
  setInterval(() => {
    clock += (Date.now() - before) * Number(speeds?.value ?? 1);
    before = Date.now();
    const next = waiting.findIndex(({ at }) => at > clock);
    const events = waiting.splice(0, next < 0 ? waiting.length : next);
    state = events.reduce(reduce, state);
    if (events.length > 0) dev.post({ type: 'events', runId: state.runId, events });
  }, 33);
  return (message) => {
    if (message.type === 'ready') {
      dev.post({ type: 'answerable', answerable: true });
      dev.post({ type: 'snapshot', snapshot: snapshotOf(state), alive: true });
    }
    const agent = message.type === 'agent.show' ? agentOf(state.agents, message.agentId) : undefined;
    if (!agent) return;
    const { id, prompt, preview } = agent;
    dev.post({ type: 'agent', detail: { agentId: id, prompt, answer: preview || null } });
  };
}
