// Runs inside QuickJS before everything else: takes away what would make a run differ from its replay (W06) and
// what would compile text into code (W07).
(() => {
  'use strict';

  const hide = (target, key, value) =>
    Object.defineProperty(target, key, { value, writable: true, configurable: true, enumerable: false });

  // --- No clock, no chance --------------------------------------------------------------------------------

  const refuse = (what, instead) => {
    throw new Error(
      `${what} is not available: a resumed run must take the same path again. Pass ${instead} through args.`,
    );
  };

  const RealDate = Date;
  const { construct } = Reflect;
  function WorkflowDate(...values) {
    if (new.target === undefined) return refuse('Date()', 'the time');
    if (values.length === 0) return refuse('new Date()', 'the time');
    return construct(RealDate, values, new.target);
  }
  Object.defineProperty(WorkflowDate, 'name', { value: 'Date' });
  Object.defineProperty(WorkflowDate, 'length', { value: 7 });
  Object.defineProperty(WorkflowDate, 'prototype', { value: RealDate.prototype, writable: false });
  hide(WorkflowDate, 'parse', RealDate.parse);
  hide(WorkflowDate, 'UTC', RealDate.UTC);
  hide(WorkflowDate, 'now', function now() {
    return refuse('Date.now()', 'the time');
  });
  hide(RealDate.prototype, 'constructor', WorkflowDate);
  hide(globalThis, 'Date', WorkflowDate);
  hide(Math, 'random', function random() {
    return refuse('Math.random()', 'a seed or the chosen values');
  });

  // --- No code from text ----------------------------------------------------------------------------------

  const constructors = {
    Function: Function.prototype,
    AsyncFunction: Object.getPrototypeOf(async function () {}),
    GeneratorFunction: Object.getPrototypeOf(function* () {}),
    AsyncGeneratorFunction: Object.getPrototypeOf(async function* () {}),
  };
  for (const [name, prototype] of Object.entries(constructors)) {
    const stub = {
      [name]: function () {
        throw new TypeError(
          `${name}() is not available: a workflow script cannot make code from text. Write the function out.`,
        );
      },
    }[name];
    Object.defineProperty(stub, 'prototype', { value: prototype, writable: false });
    Object.defineProperty(prototype, 'constructor', { value: stub, writable: false, configurable: false });
    // `x instanceof Function` goes on working.
    if (name === 'Function') hide(globalThis, 'Function', stub);
  }
  delete globalThis.eval;
})();
