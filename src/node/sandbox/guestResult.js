// A script's result as JSON, with the paths of what is none (W04). Runs inside QuickJS between guestRealm.js and guest.js.
(() => {
  'use strict';

  const { isArray, isFinite, tagOf, setSize, setAdd, setHas, setDelete, exec, quote, Set, keys, stringify } =
    globalThis.guestRealm;

  const MAX_DROPPED = 100;
  const MAX_DEPTH = 200;
  // Of which the host says what to write instead.
  const KINDS = {
    __proto__: null,
    '[object Promise]': 'a promise',
    '[object Map]': 'a Map',
    '[object Set]': 'a Set',
    '[object Error]': 'an error',
  };

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
        const tag = tagOf(value);
        if (tag === '[object Object]') return members(value, path);
        const kind = KINDS[tag];
        return drop(kind === undefined ? path : path + ' (' + kind + ')');
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

  globalThis.guestResult = resultJson;
})();
