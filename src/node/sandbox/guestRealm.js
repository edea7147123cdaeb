// What the guest's own code uses of the language, captured before the script can touch it, and values as texts, however
// hostile they are. Runs inside QuickJS, first of the files that guest.js is made of; guest.js takes it away again.
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
  const slice = unbound(String.prototype.slice);
  const floor = Math.floor;

  // Descriptors inherit nothing: a polluted Object.prototype.get would make each of them invalid.
  const define = (target, key, value) =>
    defineProperty(target, key, { __proto__: null, value, writable: true, configurable: true, enumerable: false });
  const constant = (target, key, value) => defineProperty(target, key, { __proto__: null, value });

  const ERRORS = { __proto__: null, Error, TypeError, RangeError, ReferenceError, SyntaxError, EvalError, URIError };

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

  /** What was cut off is said. */
  const clipped = (text, max) =>
    text.length <= max ? text : slice(text, 0, max) + '… (' + text.length + ' characters in all)';

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

  const NAME_CHARS = 100;
  const MESSAGE_CHARS = 4_000;
  // Of which the host shows the first frames.
  const STACK_CHARS = 20_000;

  const errorJson = (value) => {
    const name = isObject(value) ? field(value, 'name', 'Error') : 'Error';
    const message = isObject(value) ? thrownText(value) : textOf(value);
    const stack = isObject(value) ? field(value, 'stack', '') : '';
    return (
      '{"name":' +
      quote(clipped(name, NAME_CHARS)) +
      ',"message":' +
      quote(clipped(message, MESSAGE_CHARS)) +
      ',"stack":' +
      quote(slice(stack, 0, STACK_CHARS)) +
      '}'
    );
  };

  const makeError = (name, message, stack) => {
    const error = new (ERRORS[name] ?? Error)(message);
    if (!(name in ERRORS)) define(error, 'name', name);
    return define(error, 'stack', stack);
  };

  const KINDS = {
    __proto__: null,
    '[object Array]': 'an array',
    '[object Map]': 'a Map',
    '[object Promise]': 'a promise',
    '[object Set]': 'a Set',
  };
  const kindOf = (value) => {
    if (value === null || value === undefined) return value === null ? 'null' : 'undefined';
    if (typeof value !== 'object') return 'a ' + typeof value;
    try {
      return KINDS[tagOf(value)] ?? 'an object';
    } catch {
      return 'an object';
    }
  };

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

  globalThis.guestRealm = {
    apply,
    isArray,
    isFinite,
    tagOf,
    promiseThen,
    promiseFinally,
    promiseResolve,
    mapGet,
    mapSet,
    mapDelete,
    mapForEach,
    mapSize,
    setSize,
    setAdd,
    setHas,
    setDelete,
    weakAdd,
    weakHas,
    weakGet,
    weakSet,
    weakDelete,
    exec,
    floor,
    define,
    constant,
    quote,
    textOf,
    isObject,
    clipped,
    errorJson,
    makeError,
    kindOf,
    shown,
    Array,
    Error,
    Map,
    Object,
    Promise,
    Set,
    TypeError,
    WeakMap,
    WeakSet,
    RangeError,
    freeze,
    keys,
    defineProperty,
    parse,
    stringify,
  };
})();
