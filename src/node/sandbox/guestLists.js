// parallel() and pipeline() (W30–W32, X06). Runs inside QuickJS between guestCalls.js and guest.js.
(() => {
  'use strict';

  const {
    isArray,
    promiseThen,
    floor,
    quote,
    isObject,
    kindOf,
    shown,
    Array,
    TypeError,
    RangeError,
    keys,
    defineProperty,
  } = globalThis.guestRealm;
  const { Call, rejection, stay, here } = globalThis.guestCalls;

  const MAX_ITEMS = 4096;

  // `tell` takes what goes to the host, `failure` a slot that fails, `write` a line of the log.
  const makeLists = ({ tell, failure, write, setDeadline, clearTimeout }) => {
    let lastGroup = 0;
    let warnedOfPromises = false;

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

    // Resolves when all slots are filled, or when it may go on without the rest (X06): once `deadlineMs` have passed and
    // `atLeast` slots have a result. A slot that fails, or is left behind, is null, so this never rejects.
    const barrier = (kind, length, begin, where, limits = null) => {
      const group = ++lastGroup;
      const outer = here();
      // Told where it counts: whoever is left behind is so with all that is within.
      const within = outer !== null && outer.mayLeave;
      const mayLeave = within || limits !== null;
      if (within)
        tell('{"kind":"nested","group":' + group + ',"outer":{"id":' + outer.group + ',"item":' + outer.item + '}}');
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
            : setDeadline(() => {
                late = true;
                if (!closed) check();
              }, limits.deadlineMs);
        if (length === 0) close();
        for (let index = 0; index < length; index++) {
          const reached = { __proto__: null, kind, group, item: index, stage: 0, open: false, mayLeave };
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

    return { parallel, pipeline };
  };

  globalThis.makeLists = makeLists;
})();
