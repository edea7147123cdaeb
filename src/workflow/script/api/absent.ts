const NETWORK = 'a workflow script has no network: let an agent fetch it, or pass the data through args';
const FILES = 'a workflow script has no files and no processes: let an agent read, write or run it';
const TIME =
  'a workflow script has no clock, since a resumed run must take the same path again: pass the time through args';
const DELAY = 'use a loop with `await new Promise((wake) => setTimeout(wake, ms))`';
const PAGE = 'a workflow script does not run in a browser: let an agent do what needs one';
const MODULE = 'a workflow script is one file with no modules: end with `return result`';
const CANCEL = 'a workflow script cannot cancel an agent: return early, which cancels what still runs';

/** What scripts reach for out of habit, and what to do without it (W07). */
export const ABSENT: Readonly<Record<string, string>> = {
  fetch: NETWORK,
  XMLHttpRequest: NETWORK,
  WebSocket: NETWORK,
  EventSource: NETWORK,
  require: 'a workflow script is one file with no modules: let an agent do what needs a library',
  fs: FILES,
  path: 'a workflow script has no modules: join paths as text',
  child_process: FILES,
  process: 'a workflow script has no process: pass settings through args, and let an agent run commands',
  __dirname: 'a workflow script does not know its file: pass paths through args',
  __filename: 'a workflow script does not know its file: pass paths through args',
  Buffer: 'use strings, or a Uint8Array',
  TextEncoder: 'use strings: only text leaves a workflow script',
  TextDecoder: 'use strings: only text enters a workflow script',
  AbortController: CANCEL,
  AbortSignal: CANCEL,
  setInterval: DELAY,
  setImmediate: DELAY,
  requestAnimationFrame: DELAY,
  performance: TIME,
  crypto:
    'a workflow script has no randomness, since a resumed run must take the same path again: pass ids or a seed through args',
  Intl: 'use toLocaleString(), which writes en-US and UTC and knows the common options, or format the text by hand',
  Atomics: 'a workflow script has one thread: nothing is shared',
  navigator: PAGE,
  window: `${PAGE}; the global object is globalThis`,
  document: PAGE,
  localStorage: PAGE,
  global: 'the global object is globalThis',
  eval: 'a workflow script cannot make code from text: write the function out',
  module: MODULE,
  exports: MODULE,
  BudgetError: "it is known by its name: `error.name === 'BudgetError'`",
  meta: '`meta` is read before the script runs and is not visible in it: repeat the value here',
};

/** What would make a resumed run take another path than before (W06), and throws when it is called. */
export const REFUSED_CALLS: Readonly<Record<string, string>> = {
  'Date.now()': 'pass the time through args',
  'new Date()': 'pass the time through args; `new Date(value)` works',
  'Date()': 'pass the time through args; `new Date(value)` works',
  'Math.random()': 'pass a seed or the chosen values through args',
};
