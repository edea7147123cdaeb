/** Named events with listeners. `on` and `once` return a function that removes the listener. */
export function createEmitter() {
  const listeners = new Map();

  function on(name, listener) {
    // An entry of its own, so that a listener added twice is called twice and removed one at a time.
    const entry = { listener };
    if (!listeners.has(name)) listeners.set(name, new Set());
    listeners.get(name).add(entry);
    return () => listeners.get(name).delete(entry);
  }

  function once(name, listener) {
    const off = on(name, (...values) => {
      off();
      listener(...values);
    });
    return off;
  }

  /** Calls the listeners in the order they were added and returns how many there were. */
  function emit(name, ...values) {
    // A copy: listeners may come and go during the call.
    const current = [...(listeners.get(name) ?? [])];
    for (const { listener } of current) listener(...values);
    return current.length;
  }

  return { on, once, emit };
}
