// Runs inside QuickJS after guestLanguage.js: what a script may expect of its platform and the engine does not have
// (W07). Nothing here leaves the guest.
(() => {
  'use strict';

  const hide = (target, key, value) =>
    Object.defineProperty(target, key, { value, writable: true, configurable: true, enumerable: false });

  // --- Array.fromAsync ------------------------------------------------------------------------------------

  hide(Array, 'fromAsync', async function fromAsync(items, map, thisArg) {
    const result = [];
    const add = async (value) => {
      result.push(map === undefined ? value : await map.call(thisArg, value, result.length));
    };
    if (items[Symbol.asyncIterator] ?? items[Symbol.iterator]) for await (const value of items) await add(value);
    else for (let index = 0; index < items.length; index++) await add(await items[index]);
    return result;
  });

  // --- structuredClone ------------------------------------------------------------------------------------

  const tagOf = (value) => Object.prototype.toString.call(value).slice(8, -1);

  const refuseClone = (value) => {
    const error = new Error(
      `structuredClone() cannot copy ${typeof value === 'symbol' ? 'a symbol' : `a ${tagOf(value)}`}.`,
    );
    hide(error, 'name', 'DataCloneError');
    throw error;
  };

  const cloneMembers = (source, target, clone) => {
    for (const key of Object.keys(source)) target[key] = clone(source[key]);
    return target;
  };

  // By the value's tag: makes the copy's shell, then fills it, so that cycles find the shell.
  const shells = {
    Object: { make: () => ({}), fill: cloneMembers },
    Array: { make: (source) => new Array(source.length), fill: cloneMembers },
    Date: { make: (source) => new Date(source.getTime()) },
    RegExp: { make: (source) => new RegExp(source.source, source.flags) },
    Boolean: { make: (source) => Object(source.valueOf()) },
    Number: { make: (source) => Object(source.valueOf()) },
    String: { make: (source) => Object(source.valueOf()) },
    ArrayBuffer: { make: (source) => source.slice(0) },
    Map: {
      make: () => new Map(),
      fill: (source, target, clone) => source.forEach((value, key) => target.set(clone(key), clone(value))),
    },
    Set: {
      make: () => new Set(),
      fill: (source, target, clone) => source.forEach((value) => target.add(clone(value))),
    },
    Error: {
      make: (source) => Object.assign(new (globalThis[source.name] ?? Error)(source.message), { stack: source.stack }),
      fill: (source, target, clone) => 'cause' in source && hide(target, 'cause', clone(source.cause)),
    },
  };

  const shellOf = (value) => {
    if (ArrayBuffer.isView(value))
      return {
        make: (source) =>
          source instanceof DataView
            ? new DataView(source.buffer.slice(0), source.byteOffset, source.byteLength)
            : source.slice(),
      };
    return shells[tagOf(value)] ?? refuseClone(value);
  };

  hide(globalThis, 'structuredClone', function structuredClone(root) {
    const copies = new Map();
    const clone = (value) => {
      if (typeof value === 'function' || typeof value === 'symbol') return refuseClone(value);
      if (typeof value !== 'object' || value === null) return value;
      if (copies.has(value)) return copies.get(value);
      const shell = shellOf(value);
      const copy = shell.make(value);
      copies.set(value, copy);
      shell.fill?.(value, copy, clone);
      return copy;
    };
    return clone(root);
  });
})();
