// The workflow API as a script sees it. Runs inside QuickJS, before the script and in the same realm; it is
// loaded as text and never imported. Its value is the door for the worker: JSON text in, JSON text out.
//
// The script may replace or poison every global it can reach, so everything used later is captured (guestRealm.js),
// collections are used through captured methods, messages are put together from quoted strings, and nothing
// that the script can reach holds these functions' own state.
(() => {
  'use strict';

  // --- Left by the files before this one, out of the script's reach from here on --------------------------

  const { makePatterns, makeUnits, makeLists, makeTimers, makeSpeech, makeOutbox } = globalThis;
  const { Call, rejection, within, here, placeJson, eachRejected } = globalThis.guestCalls;
  const resultJson = globalThis.guestResult;
  const post = globalThis.guestPost;
  const {
    apply,
    isArray,
    promiseThen,
    mapGet,
    mapSet,
    mapDelete,
    mapForEach,
    mapSize,
    weakGet,
    weakSet,
    define,
    constant,
    quote,
    textOf,
    isObject,
    errorJson,
    makeError,
    clipped,
    Error,
    RangeError,
    Map,
    Object,
    WeakMap,
    freeze,
    keys,
    defineProperty,
    parse,
    stringify,
  } = globalThis.guestRealm;
  for (const name of ['guestKit', 'makePatterns', 'makeUnits', 'guestRealm', 'guestCalls']) delete globalThis[name];
  for (const name of ['guestResult', 'guestPost', 'makeLists', 'makeTimers', 'makeSpeech', 'makeOutbox'])
    delete globalThis[name];

  const MAX_ITEMS = 4096;
  // Of units without a result, and of errors that nobody handled.
  const MAX_LISTED = 100;

  // --- What leaves: two texts of comma-separated JSON, taken once a turn ----------------------------------

  // So much does not wait for the end of the turn: the first calls are under way while a fan still makes its others.
  const EARLY_CHARS = 8_000;

  let toHost = '';
  let toWorker = '';

  const tell = (json) => {
    toHost += toHost === '' ? json : ',' + json;
    if (toHost.length < EARLY_CHARS) return;
    post(toHost);
    toHost = '';
  };
  const ask = (json) => {
    toWorker += toWorker === '' ? json : ',' + json;
  };

  // Errors that nobody handles; of a callback, no promise carries them.
  let lost = '';
  let lostCount = 0;
  const lose = (error) => {
    if (++lostCount <= MAX_LISTED) lost += (lost === '' ? '' : ',') + errorJson(error);
  };

  const { write, failure, listedAlready, enterPhase, tellLeftOut, console } = makeSpeech({ tell });
  const { setTimeout, setDeadline, clearTimeout, queueMicrotask, fire, areOpen } = makeTimers({ ask, lose });
  const { parallel, pipeline } = makeLists({ tell, failure, write, setDeadline, clearTimeout });

  // --- Calls that the host answers ------------------------------------------------------------------------

  const pending = new Map();
  let lastId = 0;
  let spent = 0;
  let total = null;

  const argumentsJson = (args) => {
    let json = '';
    for (let index = 0; index < args.length; index++) {
      if (index > 0) json += ',';
      json += stringify(args[index]) ?? 'null';
    }
    return '[' + json + ']';
  };

  // Which call's very answer each value of the option `from` is: equal values cannot be told apart once they are JSON.
  const answers = new WeakMap();

  const fromJson = (name, args) => {
    if ((name !== 'agent' && name !== 'change') || !isObject(args[1])) return '';
    const named = args[1].from;
    if (!isObject(named)) return '';
    const list = isArray(named) && weakGet(answers, named) === undefined ? named : [named];
    let json = '';
    for (let index = 0; index < list.length && index < MAX_ITEMS; index++) {
      const id = isObject(list[index]) ? weakGet(answers, list[index]) : undefined;
      json += (index > 0 ? ',' : '') + (id === undefined ? 'null' : id);
    }
    return ',"from":[' + json + ']';
  };

  // More than the largest model reads.
  const MAX_ARGUMENT_CHARS = 4_000_000;
  const { send, answered } = makeOutbox({ tell });

  const effect = (scope, name, args) => {
    let json;
    let from;
    try {
      json = argumentsJson(args);
      from = fromJson(name, args);
      if (json.length > MAX_ARGUMENT_CHARS) {
        const given = 'was given ' + json.length + ' characters and takes ' + MAX_ARGUMENT_CHARS + ' at most: ';
        throw new RangeError(name + '() ' + given + 'give each its part, or let agents read it from a file.');
      }
    } catch (error) {
      return rejection(error);
    }
    const id = ++lastId;
    const stack = new Error().stack;
    const phase = scope.phase === null ? 'null' : quote(scope.phase);
    const call =
      '{"kind":"effect","id":' +
      id +
      ',"name":' +
      quote(name) +
      ',"scope":' +
      quote(scope.name) +
      ',"phase":' +
      phase +
      ',"args":' +
      json +
      placeJson() +
      from +
      '}';
    send(call);
    const place = name === 'workflow' ? here() : null;
    const { length } = call;
    return new Call((resolve, reject) => mapSet(pending, id, { resolve, reject, stack, place, length }));
  };

  const settle = (json) => {
    const settlements = parse(json);
    for (let index = 0; index < settlements.length; index++) {
      const settlement = settlements[index];
      const call = take(settlement.id, settlement.spent, settlement.total);
      if (call === undefined) continue;
      if (settlement.ok) {
        if (isObject(settlement.value)) weakSet(answers, settlement.value, settlement.id);
        call.resolve(settlement.value);
      } else {
        const error = makeError(settlement.error.name, settlement.error.message, call.stack);
        if (settlement.listed) listedAlready(error);
        call.reject(error);
      }
    }
  };

  const take = (id, spentNow, totalNow) => {
    spent = spentNow;
    total = totalNow;
    const call = mapGet(pending, id);
    mapDelete(pending, id);
    if (call !== undefined) answered(call.length);
    return call;
  };

  // --- patterns and coverage (X05, X11) ---------------------------------------------------------------------

  // What the last coverage() of it called a unit, and of those it called unvisited their names.
  const units = new Map();
  const missed = new Map();

  /** Its promise is one of ours, as of a function of the API. */
  const tracked = (work) =>
    freeze(
      (...values) => new Call((resolve, reject) => void promiseThen(apply(work, undefined, values), resolve, reject)),
    );

  const addPatterns = (scope, api) => {
    const visited = (key, label, state) => {
      const unit = scope.name + '\n' + textOf(key);
      mapSet(units, unit, state);
      if (state === 'unvisited') mapSet(missed, unit, textOf(label));
      else mapDelete(missed, unit);
    };
    const tools = { agent: api.agent, parallel, check: api.check, failed: failure, visited, tracked };
    const { inDependencyOrder, coverage } = makeUnits(tools);
    const patterns = { ...makePatterns(tools), inDependencyOrder };
    for (const key of keys(patterns)) patterns[key] = tracked(patterns[key]);
    api.patterns = freeze(patterns);
    api.coverage = coverage;
  };

  const tellUnits = () => {
    const counts = { __proto__: null, done: 0, failed: 0, unvisited: 0 };
    let total = 0;
    mapForEach(units, (state) => {
      counts[state]++;
      total++;
    });
    const { done, failed, unvisited } = counts;
    if (total > 0) tell('{"kind":"covered","done":' + done + ',"failed":' + failed + ',"unvisited":' + unvisited + '}');
  };

  const tellMissed = () => {
    tellUnits();
    let count = 0;
    mapForEach(missed, (label) => {
      if (++count <= MAX_LISTED) tell('{"kind":"unvisited","unit":' + quote(clipped(label, 300)) + '}');
    });
    if (count > MAX_LISTED) tell('{"kind":"unvisited","unit":' + quote('and ' + (count - MAX_LISTED) + ' more') + '}');
  };

  // --- One scope a script: the root, and each nested workflow ----------------------------------------------

  // Of the whole run. Its total is a getter: a person may change the cap while the script runs.
  const budget = freeze(
    defineProperty(
      {
        spent: freeze(() => spent),
        remaining: freeze(() => (total === null ? Infinity : total > spent ? total - spent : 0)),
      },
      'total',
      { __proto__: null, get: freeze(() => total), enumerable: true },
    ),
  );

  const refuseNesting = () =>
    rejection(
      new Error(
        'workflow() cannot be called by a workflow that was itself called by workflow(): one level only. Let the outer script call both.',
      ),
    );

  const makeApi = (name, args, nested) => {
    const scope = { name, phase: null };
    const api = {
      agent: (...values) => effect(scope, 'agent', values),
      parallel,
      pipeline,
      phase: (title) => {
        scope.phase = enterPhase(title, scope.phase);
      },
      log: console.log,
      args,
      budget,
      workflow: nested ? refuseNesting : (...values) => effect(scope, 'workflow', values),
      change: (...values) => effect(scope, 'change', values),
      review: (...values) => effect(scope, 'review', values),
      land: (...values) => effect(scope, 'land', values),
      check: (...values) => effect(scope, 'check', values),
      ask: (...values) => effect(scope, 'ask', values),
    };
    addPatterns(scope, api);
    const names = keys(api);
    for (let index = 0; index < names.length; index++)
      if (typeof api[names[index]] === 'function') freeze(api[names[index]]);
    return api;
  };

  const body = (script, api) =>
    script(
      api.agent,
      api.parallel,
      api.pipeline,
      api.phase,
      api.log,
      api.args,
      api.budget,
      api.workflow,
      api.change,
      api.review,
      api.land,
      api.check,
      api.ask,
      api.coverage,
      api.patterns,
    )();

  // --- The door for the worker ------------------------------------------------------------------------------

  // What the root script came to, until it was told.
  let outcome = null;
  let ended = false;

  const totalOf = (text) => (text === '' ? null : +text);

  const start = (script, argsJson, totalText) => {
    total = totalOf(totalText);
    const api = makeApi('', argsJson === '' ? undefined : parse(argsJson), false);
    for (const key of keys(api)) constant(globalThis, key, api[key]);
    promiseThen(
      body(script, api),
      (value) => (outcome = { ok: true, value }),
      (error) => (outcome = { ok: false, value: error }),
    );
  };

  /** The root script does not compile. */
  const refuse = (json) => {
    const { name, message, stack } = parse(json);
    outcome = { ok: false, value: makeError(name, message, stack) };
  };

  /** Answers a `workflow` call by running that script inline, where that call was made. */
  const enter = (id, script, name, argsJson, spentNow, totalText) => {
    const call = take(+id, +spentNow, totalOf(totalText));
    if (call === undefined) return;
    const api = makeApi(name, argsJson === '' ? undefined : parse(argsJson), true);
    call.resolve(within(call.place, () => body(script, api)));
  };

  const endJson = ({ ok, value }) => {
    if (!ok) return '{"kind":"threw","error":' + errorJson(value) + '}';
    const json = resultJson(value);
    eachRejected(lose);
    if (lostCount > MAX_LISTED) lost += ',' + errorJson(new Error('and ' + (lostCount - MAX_LISTED) + ' more'));
    return '{"kind":"returned",' + json + ',"unhandled":[' + lost + ']}';
  };

  /**
   * Ends a turn: a line for the worker, a line for the host, and how the script stands. `idle`: nothing is left that
   * could wake it.
   */
  const drain = () => {
    if (outcome !== null) {
      const how = outcome;
      outcome = null;
      ended = true;
      // Before the end: nothing behind it is heard.
      tellMissed();
      tellLeftOut();
      tell(endJson(how));
    }
    const state = ended ? 'ended' : mapSize(pending) > 0 || areOpen() ? 'waits' : 'idle';
    const turn = '[' + toWorker + ']\n[' + toHost + ']\n' + state;
    toWorker = toHost = '';
    return turn;
  };

  for (const [key, value] of Object.entries({ console, setTimeout, clearTimeout, queueMicrotask }))
    define(globalThis, key, freeze(value));
  return { start, refuse, enter, settle, fire, drain };
})();
