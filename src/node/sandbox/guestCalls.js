// Promises that know whether somebody handled them, and where in parallel() and pipeline() a call is made. Runs inside
// QuickJS between guestRealm.js and guest.js.
(() => {
  'use strict';

  const {
    apply,
    promiseThen,
    promiseFinally,
    promiseResolve,
    mapSet,
    mapDelete,
    mapForEach,
    weakAdd,
    weakHas,
    weakGet,
    weakSet,
    weakDelete,
    Map,
    Promise,
    WeakMap,
    WeakSet,
    freeze,
    defineProperty,
  } = globalThis.guestRealm;

  // await and then() look these up on every promise.
  defineProperty(Promise.prototype, 'constructor', { writable: false, configurable: false });
  defineProperty(Promise, Symbol.species, { configurable: false });

  // --- Where in parallel() and pipeline() a call is made (X09) ----------------------------------------------

  // Known while the first part of a thunk or a stage runs, up to its first await, and again behind an await of a call
  // that was made there. Behind any other await it is not known, and nothing is told.
  let place = null;

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

  const here = () => openPlace(place);

  const placeJson = () => {
    const there = here();
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

  globalThis.guestCalls = {
    Call,
    rejection,
    within,
    stay,
    here,
    placeJson,
    eachRejected: (visit) => mapForEach(rejected, visit),
  };
})();
