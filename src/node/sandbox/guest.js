// The workflow API as a script sees it. Runs inside QuickJS, before the script and in the same realm; it is
// loaded as text and never imported. Its value is the door for the worker: JSON text in, JSON text out.
//
// The script may replace or poison every global it can reach, so everything used later is captured here,
// collections are used through captured methods, messages are put together from quoted strings, and nothing
// that the script can reach holds these functions' own state.
(() => {
  'use strict';

  // --- Captured before the script can touch them ---------------------------------------------------------

  const { Array, Error, Map, Object, Promise, Set, String, TypeError, WeakMap, WeakSet } = globalThis;
  const { RangeError, ReferenceError, SyntaxError, EvalError, URIError } = globalThis;
  const unbound = Function.prototype.call.bind(Function.prototype.bind, Function.prototype.call);
  const apply = Reflect.apply;
  const isArray = Array.isArray;
  const isFinite = Number.isFinite;
  const { freeze, keys, defineProperty } = Object;
  const { parse, stringify } = JSON;
  const tagOf = unbound(Object.prototype.toString);
  const promiseThen = unbound(Promise.prototype.then);
  const promiseFinally = unbound(Promise.prototype.finally);
  const promiseResolve = Promise.resolve.bind(Promise);
  const mapGet = unbound(Map.prototype.get);
  const mapSet = unbound(Map.prototype.set);
  const mapDelete = unbound(Map.prototype.delete);
  const mapForEach = unbound(Map.prototype.forEach);
  const mapSize = unbound(Object.getOwnPropertyDescriptor(Map.prototype, 'size').get);
  const setSize = unbound(Object.getOwnPropertyDescriptor(Set.prototype, 'size').get);
  const setAdd = unbound(Set.prototype.add);
  const setHas = unbound(Set.prototype.has);
  const setDelete = unbound(Set.prototype.delete);
  const weakAdd = unbound(WeakSet.prototype.add);
  const weakHas = unbound(WeakSet.prototype.has);
  const weakGet = unbound(WeakMap.prototype.get);
  const weakSet = unbound(WeakMap.prototype.set);
  const weakDelete = unbound(WeakMap.prototype.delete);
  const exec = unbound(RegExp.prototype.exec);
  const floor = Math.floor;

  // Left by the files before this one.
  const { makePatterns, makeUnits } = globalThis;
  for (const name of ['guestKit', 'makePatterns', 'makeUnits']) delete globalThis[name];

  // Descriptors inherit nothing: a polluted Object.prototype.get would make each of them invalid.
  const define = (target, key, value) =>
    defineProperty(target, key, { __proto__: null, value, writable: true, configurable: true, enumerable: false });
  const constant = (target, key, value) => defineProperty(target, key, { __proto__: null, value });

  // await and then() look these up on every promise.
  defineProperty(Promise.prototype, 'constructor', { writable: false, configurable: false });
  defineProperty(Promise, Symbol.species, { configurable: false });

  const MAX_ITEMS = 4096;
  const MAX_DROPPED = 100;
  const MAX_MISSED = 100;
  const MAX_DEPTH = 200;
  const ERRORS = { __proto__: null, Error, TypeError, RangeError, ReferenceError, SyntaxError, EvalError, URIError };

  // --- What leaves: two texts of comma-separated JSON, taken once a turn ----------------------------------

  let toHost = '';
  let toWorker = '';

  const tell = (json) => {
    toHost += toHost === '' ? json : ',' + json;
  };
  const ask = (json) => {
    toWorker += toWorker === '' ? json : ',' + json;
  };
  // JSON.stringify of a primitive string calls nothing of the script's.
  const quote = (value) => stringify(String(value));

  // --- Errors as plain texts: a thrown value may be anything, hostile getters included ---------------------

  const textOf = (value) => {
    try {
      return String(value);
    } catch {
      return 'a value that has no text';
    }
  };

  const isObject = (value) => (typeof value === 'object' && value !== null) || typeof value === 'function';

  const field = (value, key, otherwise) => {
    try {
      const found = value[key];
      return found === undefined ? otherwise : textOf(found);
    } catch {
      return otherwise;
    }
  };

  const thrownText = (value) => {
    const named = field(value, 'message', undefined);
    if (named !== undefined) return named;
    try {
      return stringify(value) ?? textOf(value);
    } catch {
      return textOf(value);
    }
  };

  const errorJson = (value) => {
    const name = isObject(value) ? field(value, 'name', 'Error') : 'Error';
    const message = isObject(value) ? thrownText(value) : textOf(value);
    const stack = isObject(value) ? field(value, 'stack', '') : '';
    return '{"name":' + quote(name) + ',"message":' + quote(message) + ',"stack":' + quote(stack) + '}';
  };

  const makeError = (name, message, stack) => {
    const error = new (ERRORS[name] ?? Error)(message);
    if (!(name in ERRORS)) define(error, 'name', name);
    return define(error, 'stack', stack);
  };

  // --- Where in parallel() and pipeline() a call is made (X09) ----------------------------------------------

  // Known while the first part of a thunk or a stage runs, up to its first await, and again behind an await of a call
  // that was made there. Behind any other await it is not known, and nothing is told.
  let place = null;
  let lastGroup = 0;

  const within = (there, work) => {
    const before = place;
    place = there;
    try {
      return work();
    } finally {
      place = before;
    }
  };

  // Does the work there, until what it gives is settled.
  const stay = async (there, work) => {
    there.open = true;
    try {
      return await within(there, work);
    } finally {
      there.open = false;
    }
  };

  const openPlace = (there) => (there !== null && there.open ? there : null);

  const placeJson = () => {
    const there = openPlace(place);
    if (there === null) return '';
    const stage = there.kind === 'pipeline' ? ',"stage":' + there.stage : '';
    return ',"group":{"id":' + there.group + ',"kind":"' + there.kind + '","item":' + there.item + stage + '}';
  };

  const placeOf = new WeakMap();
  const settled = promiseResolve();
  const nextJob = (work) => promiseThen(settled, work);

  // An await goes on in a job that its callback queues; so the place is set in a job before and taken back in one behind.
  const resumed = (there, callback) =>
    typeof callback !== 'function'
      ? callback
      : (value) => {
          nextJob(() => void (place = openPlace(there)));
          try {
            return within(openPlace(there), () => apply(callback, undefined, [value]));
          } finally {
            nextJob(() => void (place = null));
          }
        };

  // --- Promises that know whether somebody handled them (W39) ---------------------------------------------

  const handled = new WeakSet();
  const rejected = new Map();
  let observing = false;

  class Call extends Promise {
    // The promise that observes is a plain one, or observing would never end.
    static get [Symbol.species]() {
      return observing ? Promise : Call;
    }
    constructor(executor) {
      super(executor);
      if (place !== null) weakSet(placeOf, this, place);
      observing = true;
      try {
        promiseThen(this, undefined, (reason) => {
          if (!weakHas(handled, this)) mapSet(rejected, this, reason);
        });
      } finally {
        observing = false;
      }
    }
    then(onFulfilled, onRejected) {
      weakAdd(handled, this);
      mapDelete(rejected, this);
      const there = weakGet(placeOf, this);
      if (there === undefined) return promiseThen(this, onFulfilled, onRejected);
      // Of several who wait for it, the first is taken for the one that made it.
      weakDelete(placeOf, this);
      return promiseThen(this, resumed(there, onFulfilled), resumed(there, onRejected));
    }
    catch(onRejected) {
      return this.then(undefined, onRejected);
    }
    finally(onFinally) {
      return promiseFinally(this, onFinally);
    }
  }
  freeze(Call);
  freeze(Call.prototype);

  const rejection = (error) => new Call((_, reject) => reject(error));

  // Errors of callbacks, which no promise carries.
  let lost = '';

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

  const effect = (scope, name, args) => {
    let json;
    let from;
    try {
      json = argumentsJson(args);
      from = fromJson(name, args);
    } catch (error) {
      return rejection(error);
    }
    const id = ++lastId;
    const stack = new Error().stack;
    const phase = scope.phase === null ? 'null' : quote(scope.phase);
    tell(
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
        '}',
    );
    return new Call((resolve, reject) => mapSet(pending, id, { resolve, reject, stack }));
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
      } else call.reject(makeError(settlement.error.name, settlement.error.message, call.stack));
    }
  };

  const take = (id, spentNow, totalNow) => {
    spent = spentNow;
    total = totalNow;
    const call = mapGet(pending, id);
    mapDelete(pending, id);
    return call;
  };

  // --- parallel and pipeline (W30–W32) --------------------------------------------------------------------

  let warnedOfPromises = false;

  const failure = (where, error) => {
    tell('{"kind":"failure","where":' + quote(where) + ',"error":' + errorJson(error) + '}');
    return null;
  };

  const refusedList = (name, list) => {
    if (!isArray(list))
      return new TypeError(
        name +
          '() takes an array' +
          (name === 'parallel' ? ' of functions' : ' of items') +
          ', not ' +
          kindOf(list) +
          '.',
      );
    if (list.length > MAX_ITEMS)
      return new RangeError(
        name +
          '() takes at most 4,096 items and got ' +
          list.length +
          ': work in batches, or give each agent several items.',
      );
    return null;
  };

  const kindOf = (value) => (value === null ? 'null' : typeof value === 'object' ? 'an object' : typeof value);

  // Resolves when all slots are filled, or when it may go on without the rest (X06): once `deadlineMs` have passed and
  // `atLeast` slots have a result. A slot that fails, or is left behind, is null, so this never rejects.
  const barrier = (kind, length, begin, where, limits = null) => {
    const group = ++lastGroup;
    return new Call((resolve) => {
      const results = new Array(length);
      const filled = { __proto__: null };
      let open = length;
      let good = 0;
      let closed = false;
      let late = limits !== null && limits.deadlineMs === 0;
      const put = (index, value) =>
        defineProperty(results, index, {
          __proto__: null,
          value,
          writable: true,
          enumerable: true,
          configurable: true,
        });
      const close = () => {
        closed = true;
        if (timer !== 0) clearTimeout(timer);
        resolve(results);
      };
      const leave = () => {
        let missing = '';
        for (let index = 0; index < length; index++) {
          if (filled[index]) continue;
          missing += (missing === '' ? '' : ',') + index;
          put(index, null);
        }
        tell('{"kind":"left","group":' + group + ',"missing":[' + missing + ']}');
        close();
      };
      const check = () => {
        if (open === 0) close();
        else if (late && good >= limits.atLeast) leave();
      };
      const fill = (index, value, isGood) => {
        if (closed) return;
        filled[index] = true;
        put(index, value);
        open--;
        if (isGood) good++;
        check();
      };
      const timer =
        limits === null || late || length === 0
          ? 0
          : setTimeout(() => {
              late = true;
              if (!closed) check();
            }, limits.deadlineMs);
      if (length === 0) close();
      for (let index = 0; index < length; index++) {
        const reached = { __proto__: null, kind, group, item: index, stage: 0, open: false };
        promiseThen(
          begin(index, reached),
          (value) => fill(index, value, value !== null && value !== undefined),
          (error) => void (closed || fill(index, failure(where(index, reached), error), false)),
        );
      }
    });
  };

  const isThenable = (value) => {
    try {
      return isObject(value) && typeof value.then === 'function';
    } catch {
      return false;
    }
  };

  const startThunk = (thunk) => {
    if (typeof thunk === 'function') return thunk();
    if (!isThenable(thunk))
      throw new TypeError('parallel() takes functions, and this is ' + kindOf(thunk) + ': write () => agent(…).');
    if (!warnedOfPromises) {
      warnedOfPromises = true;
      tell(
        '{"kind":"log","level":"warning","message":' +
          quote('parallel() got promises, which run at once: pass functions, () => agent(…).') +
          '}',
      );
    }
    return thunk;
  };

  const limitOf = (options, name, otherwise) => {
    const value = options[name];
    if (value === undefined) return otherwise;
    if (typeof value === 'number' && value >= 1 && value < 2147483648 && floor(value) === value) return value;
    throw new TypeError('parallel(): ' + name + ' is a whole number from 1, not ' + shown(value) + '.');
  };

  const limitsOf = (options, length) => {
    if (options === undefined) return null;
    if (!isObject(options))
      throw new TypeError('parallel() takes an object of options second, not ' + kindOf(options) + '.');
    const names = keys(options);
    for (let index = 0; index < names.length; index++) {
      if (names[index] !== 'deadlineMs' && names[index] !== 'atLeast')
        write('warning', ['parallel() does not know the option ' + names[index] + '; it is ignored']);
    }
    if (options.deadlineMs === undefined && options.atLeast === undefined) return null;
    const atLeast = limitOf(options, 'atLeast', 0);
    if (atLeast > length)
      throw new RangeError('parallel(): atLeast is ' + atLeast + ', and there are ' + length + ' functions.');
    return { __proto__: null, atLeast, deadlineMs: limitOf(options, 'deadlineMs', 0) };
  };

  const parallel = (thunks, options) => {
    const refused = refusedList('parallel', thunks);
    if (refused) return rejection(refused);
    const begin = (index, reached) => stay(reached, () => startThunk(thunks[index]));
    try {
      const limits = limitsOf(options, thunks.length);
      return barrier('parallel', thunks.length, begin, (index) => 'parallel[' + index + ']', limits);
    } catch (error) {
      return rejection(error);
    }
  };

  const pipeline = (items, ...stages) => {
    const refused = refusedList('pipeline', items);
    if (refused) return rejection(refused);
    for (let stage = 0; stage < stages.length; stage++) {
      if (typeof stages[stage] !== 'function')
        return rejection(
          new TypeError(
            'pipeline() takes functions as stages, and stage ' + (stage + 1) + ' is ' + kindOf(stages[stage]) + '.',
          ),
        );
    }
    const begin = async (index, reached) => {
      let previous = items[index];
      for (let stage = 0; stage < stages.length; stage++) {
        reached.stage = stage + 1;
        const run = stages[stage];
        const given = previous;
        previous = await stay({ ...reached, stage }, () => run(given, items[index], index));
        if (previous === null) return null;
      }
      return await previous;
    };
    return barrier(
      'pipeline',
      items.length,
      begin,
      (index, reached) => 'pipeline[' + index + '], stage ' + reached.stage,
    );
  };

  // --- Logs -----------------------------------------------------------------------------------------------

  const shown = (value) => {
    if (typeof value === 'string') return value;
    if (tagOf(value) === '[object Error]') return field(value, 'name', 'Error') + ': ' + field(value, 'message', '');
    if (!isObject(value) || typeof value === 'function') return textOf(value);
    try {
      return stringify(value) ?? textOf(value);
    } catch {
      return textOf(value);
    }
  };

  const write = (level, values, message = '') => {
    for (let index = 0; index < values.length; index++) message += (message === '' ? '' : ' ') + shown(values[index]);
    tell('{"kind":"log","level":"' + level + '","message":' + quote(message) + '}');
  };

  const info = (...values) => write('info', values);
  const console = {
    log: info,
    info,
    debug: info,
    trace: info,
    dir: info,
    table: info,
    group: info,
    groupCollapsed: info,
    warn: (...values) => write('warning', values),
    error: (...values) => write('error', values),
    assert: (condition, ...values) => void (condition || write('error', values, 'Assertion failed:')),
    groupEnd: () => undefined,
    time: () => undefined,
    timeEnd: () => undefined,
    timeLog: () => undefined,
  };

  // --- Timers: delays only; and microtasks --------------------------------------------------------------------------------

  const timers = new Map();
  let lastTimer = 0;

  const lose = (error) => {
    lost += (lost === '' ? '' : ',') + errorJson(error);
  };

  const queueMicrotask = (callback) => {
    if (typeof callback !== 'function')
      throw new TypeError('queueMicrotask() takes a function, not ' + kindOf(callback) + '.');
    promiseThen(
      promiseThen(promiseResolve(), () => apply(callback, undefined, [])),
      undefined,
      lose,
    );
  };

  const setTimeout = (callback, ms, ...args) => {
    if (typeof callback !== 'function')
      throw new TypeError('setTimeout() takes a function, not ' + kindOf(callback) + '.');
    const delay = +ms;
    const id = ++lastTimer;
    mapSet(timers, id, { callback, args });
    ask(
      '{"kind":"timer","id":' +
        id +
        ',"ms":' +
        (delay > 0 ? (delay < 2147483647 ? floor(delay) : 2147483647) : 0) +
        '}',
    );
    return id;
  };

  const clearTimeout = (id) => {
    if (mapDelete(timers, id)) ask('{"kind":"cleared","id":' + id + '}');
  };

  const fire = (idText) => {
    const id = +idText;
    const timer = mapGet(timers, id);
    if (timer === undefined) return;
    mapDelete(timers, id);
    try {
      apply(timer.callback, undefined, timer.args);
    } catch (error) {
      lose(error);
    }
  };

  // --- patterns and coverage (X05, X11) ---------------------------------------------------------------------

  // What the last coverage() of it called a unit, and of those it called unvisited their names.
  const units = new Map();
  const missed = new Map();

  /** As a function of the API: its promise is one of ours. */
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
    const tools = { agent: api.agent, parallel, check: api.check, failed: failure, visited };
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
      if (++count <= MAX_MISSED) tell('{"kind":"unvisited","unit":' + quote(label) + '}');
    });
    if (count > MAX_MISSED) tell('{"kind":"unvisited","unit":' + quote('and ' + (count - MAX_MISSED) + ' more') + '}');
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
        scope.phase = textOf(title);
        tell('{"kind":"phase","title":' + quote(scope.phase) + '}');
      },
      log: info,
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

  // --- The result as JSON, with the paths of what is none (W04) ---------------------------------------------

  const pathTo = (path, key) =>
    exec(/^[A-Za-z_$][\w$]*$/, key) !== null ? path + '.' + key : path + '[' + quote(key) + ']';

  const resultJson = (root) => {
    let dropped = '';
    let count = 0;
    const above = new Set();
    const drop = (path) => {
      count++;
      if (count <= MAX_DROPPED) dropped += (count > 1 ? ',' : '') + quote(path);
      return 'null';
    };
    // Undefined leaves out a member, as JSON does.
    const write = (value, path, key) => {
      if (value === null || value === undefined) return value === null ? 'null' : undefined;
      if (typeof value === 'string') return quote(value);
      if (typeof value === 'boolean') return value ? 'true' : 'false';
      if (typeof value === 'number') return isFinite(value) ? stringify(value) : drop(path);
      return typeof value === 'object' ? writeObject(value, path, key) : drop(path);
    };
    const writeObject = (value, path, key) => {
      if (setHas(above, value) || setSize(above) > MAX_DEPTH) return drop(path);
      setAdd(above, value);
      try {
        if (typeof value.toJSON === 'function') return write(value.toJSON(key), path, key);
        if (isArray(value)) return elements(value, path);
        return tagOf(value) === '[object Object]' ? members(value, path) : drop(path);
      } catch {
        return drop(path);
      } finally {
        setDelete(above, value);
      }
    };
    const elements = (list, path) => {
      let json = '';
      for (let index = 0; index < list.length; index++) {
        const element = write(list[index], path + '[' + index + ']', index);
        json += (index > 0 ? ',' : '') + (element ?? 'null');
      }
      return '[' + json + ']';
    };
    const members = (object, path) => {
      let json = '';
      const names = keys(object);
      for (let index = 0; index < names.length; index++) {
        const key = names[index];
        const member = write(object[key], pathTo(path, key), key);
        if (member !== undefined) json += (json === '' ? '' : ',') + quote(key) + ':' + member;
      }
      return '{' + json + '}';
    };
    const json = write(root, '$', '') ?? 'null';
    if (count > MAX_DROPPED) dropped += ',' + quote('and ' + (count - MAX_DROPPED) + ' more');
    return '"value":' + json + ',"dropped":[' + dropped + ']';
  };

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

  /** Answers a `workflow` call by running that script inline. */
  const enter = (id, script, name, argsJson, spentNow, totalText) => {
    const call = take(+id, +spentNow, totalOf(totalText));
    if (call === undefined) return;
    call.resolve(body(script, makeApi(name, argsJson === '' ? undefined : parse(argsJson), true)));
  };

  const endJson = ({ ok, value }) => {
    if (!ok) return '{"kind":"threw","error":' + errorJson(value) + '}';
    const json = resultJson(value);
    let unhandled = '';
    mapForEach(rejected, (reason) => (unhandled += (unhandled === '' ? '' : ',') + errorJson(reason)));
    if (lost !== '') unhandled += (unhandled === '' ? '' : ',') + lost;
    return '{"kind":"returned",' + json + ',"unhandled":[' + unhandled + ']}';
  };

  /**
   * Ends a turn: a line for the worker, a line for the host, and how the script stands. `idle`: nothing is left that
   * could wake it.
   */
  const drain = () => {
    if (outcome !== null) {
      const told = outcome;
      outcome = null;
      ended = true;
      tellMissed();
      tell(endJson(told));
    }
    const state = ended ? 'ended' : mapSize(pending) > 0 || mapSize(timers) > 0 ? 'waits' : 'idle';
    const turn = '[' + toWorker + ']\n[' + toHost + ']\n' + state;
    toWorker = toHost = '';
    return turn;
  };

  for (const [key, value] of Object.entries({ console, setTimeout, clearTimeout, queueMicrotask }))
    define(globalThis, key, freeze(value));
  return { start, refuse, enter, settle, fire, drain };
})();
