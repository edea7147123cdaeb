// The calls on their way to the host, which holds each until it has answered: no more of them than it can hold. Runs
// inside QuickJS between guestRealm.js and guest.js.
(() => {
  'use strict';

  const { mapGet, mapSet, mapDelete, Map } = globalThis.guestRealm;

  // With the host at once; the others wait in here, within the script's own memory, first come first served. The host holds
  // more than that memory: a fan of hundreds of long prompts does not wait.
  const MAX_CALLS = 10_000;
  const MAX_CHARS = 256_000_000;

  // `tell` takes what goes to the host.
  const makeOutbox = ({ tell }) => {
    const waiting = new Map();
    let first = 1;
    let last = 0;
    let calls = 0;
    let chars = 0;

    const fits = (json) => calls === 0 || (calls < MAX_CALLS && chars + json.length <= MAX_CHARS);

    const hand = (json) => {
      calls++;
      chars += json.length;
      tell(json);
    };

    return {
      send: (json) => {
        if (first > last && fits(json)) hand(json);
        else mapSet(waiting, ++last, json);
      },
      /** The host has answered one of so many characters. */
      answered: (length) => {
        calls--;
        chars -= length;
        for (let json; (json = mapGet(waiting, first)) !== undefined && fits(json); first++) {
          mapDelete(waiting, first);
          hand(json);
        }
      },
    };
  };

  globalThis.makeOutbox = makeOutbox;
})();
