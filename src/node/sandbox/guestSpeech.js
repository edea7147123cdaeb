// What a script says to a person: logs, phases and failed slots, as much as anybody reads. Runs inside QuickJS between
// guestRealm.js and guest.js.
(() => {
  'use strict';

  const {
    quote,
    textOf,
    isObject,
    shown,
    weakAdd,
    weakHas,
    WeakSet,
    clipped,
    errorJson,
    Set,
    setAdd,
    setHas,
    setSize,
  } = globalThis.guestRealm;

  // Of one line of the log. Results are returned, not logged.
  const LINE_CHARS = 20_000;
  // Of a title and of where something failed.
  const NAME_CHARS = 300;
  // Of a run: what is said on top would fill the host, its disk, and the views.
  const RUN_CHARS = 16_000_000;
  const RUN_LINES = 100_000;
  const MAX_PHASES = 1_000;
  // Beside all that: a slot that comes to nothing has its cause, however much the script has said.
  const MAX_FAILURES = 20_000;
  const FAILURE_CHARS = 16_000_000;

  // `tell` takes what goes to the host.
  const makeSpeech = ({ tell }) => {
    let chars = 0;
    let lines = 0;
    let leftOut = 0;
    let failures = 0;
    let failureChars = 0;
    let failuresLeftOut = 0;
    let isFull = false;

    const logJson = (level, message) => '{"kind":"log","level":"' + level + '","message":' + quote(message) + '}';

    const say = (json) => {
      if (!isFull && lines < RUN_LINES && chars + json.length <= RUN_CHARS) {
        lines++;
        chars += json.length;
        tell(json);
        return true;
      }
      if (!isFull)
        tell(logJson('warning', 'The script says more than anybody reads: the rest of its log is left out.'));
      isFull = true;
      return false;
    };

    const write = (level, values, start = '') => {
      let message = start;
      for (let index = 0; index < values.length && message.length <= LINE_CHARS; index++)
        message += (message === '' ? '' : ' ') + shown(values[index]);
      if (!say(logJson(level, clipped(message, LINE_CHARS)))) leftOut++;
    };

    // Errors of calls whose failure the host has listed: the slot that comes to nothing by one is no other failure.
    const listed = new WeakSet();

    const failure = (where, error) => {
      if (isObject(error) && weakHas(listed, error)) return null;
      failures++;
      if (failures <= MAX_FAILURES && failureChars < FAILURE_CHARS) {
        const place = quote(clipped(textOf(where), NAME_CHARS));
        const json = '{"kind":"failure","where":' + place + ',"error":' + errorJson(error) + '}';
        failureChars += json.length;
        tell(json);
      } else failuresLeftOut++;
      return null;
    };

    // --- Phases ---------------------------------------------------------------------------------------------

    const phases = new Set();
    let current = null;
    let tooMany = false;

    /** The title under which agents are shown from here on: what was given, unless there are too many. */
    const enterPhase = (given, before) => {
      const title = clipped(textOf(given), NAME_CHARS);
      if (!setHas(phases, title)) {
        if (setSize(phases) === MAX_PHASES) {
          if (!tooMany)
            write('warning', ['More than 1,000 phases: what comes in others is shown in the one before them.']);
          tooMany = true;
          return before;
        }
        setAdd(phases, title);
      }
      if (title !== current && say('{"kind":"phase","title":' + quote(title) + '}')) current = title;
      return title;
    };

    /** Behind all else: of what was left out, how much. A slot that nobody names still counts. */
    const tellLeftOut = () => {
      if (leftOut > 0) tell(logJson('warning', 'Lines of the log that were left out: ' + leftOut));
      if (failuresLeftOut > 0) {
        const error = '{"name":"Error","message":"These failed too, and are not listed","stack":""}';
        tell('{"kind":"failure","where":"and more","error":' + error + ',"times":' + failuresLeftOut + '}');
      }
    };

    const info = (...values) => write('info', values);
    const counts = { __proto__: null };
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
      count: (label = 'default') => {
        const name = clipped(textOf(label), NAME_CHARS);
        counts[name] = (counts[name] ?? 0) + 1;
        write('info', [name + ': ' + counts[name]]);
      },
      countReset: (label = 'default') => void delete counts[clipped(textOf(label), NAME_CHARS)],
      groupEnd: () => undefined,
      time: () => undefined,
      timeEnd: () => undefined,
      timeLog: () => undefined,
    };

    return { write, failure, listedAlready: (error) => weakAdd(listed, error), enterPhase, tellLeftOut, console };
  };

  globalThis.makeSpeech = makeSpeech;
})();
