// Timers, delays only, and microtasks. Runs inside QuickJS between guestRealm.js and guest.js.
(() => {
  'use strict';

  const { apply, promiseThen, promiseResolve, mapGet, mapSet, mapDelete, mapSize, floor, kindOf, Map, TypeError } =
    globalThis.guestRealm;

  // What goes to the worker is asked for by `ask`; an error of a callback, which no promise carries, is lost to `lose`.
  const makeTimers = ({ ask, lose }) => {
    const timers = new Map();
    let lastTimer = 0;

    const queueMicrotask = (callback) => {
      if (typeof callback !== 'function')
        throw new TypeError('queueMicrotask() takes a function, not ' + kindOf(callback) + '.');
      promiseThen(
        promiseThen(promiseResolve(), () => apply(callback, undefined, [])),
        undefined,
        lose,
      );
    };

    const begin = (kind, callback, ms, args) => {
      const delay = +ms;
      const id = ++lastTimer;
      mapSet(timers, id, { callback, args });
      ask(
        '{"kind":"' +
          kind +
          '","id":' +
          id +
          ',"ms":' +
          (delay > 0 ? (delay < 2147483647 ? floor(delay) : 2147483647) : 0) +
          '}',
      );
      return id;
    };

    const setTimeout = (callback, ms, ...args) => {
      if (typeof callback !== 'function')
        throw new TypeError('setTimeout() takes a function, not ' + kindOf(callback) + '.');
      return begin('timer', callback, ms, args);
    };

    // The same by the run's own time, which stands while the run is paused.
    const setDeadline = (callback, ms) => begin('deadline', callback, ms, []);

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

    return { setTimeout, setDeadline, clearTimeout, queueMicrotask, fire, areOpen: () => mapSize(timers) > 0 };
  };

  globalThis.makeTimers = makeTimers;
})();
