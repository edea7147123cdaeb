// What patterns and coverage are made of: checks of their arguments, and workers. Runs inside QuickJS before the files
// that use it and guest.js, which takes it away again. Nothing here is worth protecting from the script: it holds no
// state and has no power that the script lacks.
//
// Where a pattern takes a *worker*, that is one of
//   a function       (input, …) => value, or a promise of one
//   a prompt         the agent gets it with the input below
//   an object        {prompt, …options of agent()}; `prompt` may be a function of what a worker function would get;
//                    where it may be left out, the agent gets the input alone, or the pattern's own prompt
// A worker that throws is a failure of the run, with null in its place, as in parallel(). An agent that was skipped or
// died is null too. A cap (budget, agents) is no such failure: what is under way ends, then the pattern throws it.
(() => {
  'use strict';

  const MAX_ITEMS = 4096;
  const CAPS = ['BudgetError'];

  const kindOf = (value) =>
    value === null
      ? 'null'
      : Array.isArray(value)
        ? 'an array'
        : typeof value === 'object'
          ? 'an object'
          : value === undefined
            ? 'undefined'
            : 'a ' + typeof value;
  const isRecord = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
  const show = (value) => (typeof value === 'string' ? value : (JSON.stringify(value, null, 2) ?? String(value)));
  const brief = (value) => {
    const line = typeof value === 'string' ? value.trim().split('\n')[0] : (JSON.stringify(value) ?? String(value));
    return line.length > 60 ? line.slice(0, 59) + '…' : line;
  };

  // --- Arguments: a mistake is told before anything starts --------------------------------------------------

  const mistake = (name, problem) => new TypeError(`${name}(): ${problem}.`);

  const optionsOf = (name, given, known) => {
    if (!isRecord(given)) throw mistake(name, `takes an object of options, not ${kindOf(given)}`);
    const unknown = Object.keys(given).filter((key) => !known.includes(key));
    if (unknown.length > 0) throw mistake(name, `does not know ${unknown.join(', ')}; it knows ${known.join(', ')}`);
    return given;
  };

  const listOf = (name, what, given) => {
    if (!Array.isArray(given)) throw mistake(name, `${what} must be an array, not ${kindOf(given)}`);
    if (given.length > MAX_ITEMS)
      throw new RangeError(`${name}() takes at most 4,096 of ${what} and got ${given.length}: work in batches.`);
    return given;
  };

  const functionOf = (name, what, given, otherwise) => {
    if (given === undefined && otherwise !== undefined) return otherwise;
    if (typeof given !== 'function') throw mistake(name, `${what} must be a function, not ${kindOf(given)}`);
    return given;
  };

  const countOf = (name, what, given, otherwise) => {
    const count = given === undefined ? otherwise : given;
    if (count === Infinity || (Number.isInteger(count) && count > 0)) return count;
    throw mistake(name, `${what} must be a whole number above 0, not ${show(given)}`);
  };

  const keyOf = (key) => (value, index) => {
    const found = key(value, index);
    return typeof found === 'string' ? found : (JSON.stringify(found) ?? String(found));
  };

  const itself = (value) => value;

  // --- Workers ----------------------------------------------------------------------------------------------

  /**
   * Over the API of one script. `failed(where, error)` lists a failure and gives null. `tracked(work)` is the function
   * with a promise of ours: behind an await of it, it is known where in parallel() and pipeline() the script stands.
   * `workerOf(…)` → work(inputs, {label, schema?, shown?}), where a `schema` is the pattern's own and wins, and `shown`
   * is how an agent sees the inputs. `every(where, items, work)` does all at once; `once` the same with one thing.
   */
  const makeWorkers = ({ agent, parallel, failed, tracked }) => {
    const promptOf = (prompt, inputs, shown) => {
      if (typeof prompt === 'function') return prompt(...inputs);
      const input = shown === undefined ? show(inputs[0]) : shown;
      return prompt === undefined ? input : `${prompt}\n\n${input}`;
    };

    const workerOf = (name, what, given, { phase, prompt: ownPrompt, needsPrompt = false }) => {
      if (typeof given === 'function') return async (inputs) => await given(...inputs);
      const spec = typeof given === 'string' ? { prompt: given } : given === undefined && !needsPrompt ? {} : given;
      if (!isRecord(spec))
        throw mistake(
          name,
          `${what} must be a function, a prompt, or {prompt, …options of agent()}, not ${kindOf(given)}`,
        );
      const { prompt = ownPrompt, ...options } = spec;
      if (prompt === undefined ? needsPrompt : typeof prompt !== 'string' && typeof prompt !== 'function')
        throw mistake(name, `${what}.prompt must be a text or a function that gives one, not ${kindOf(prompt)}`);
      const inPhase = phase === undefined ? {} : { phase };
      return async (inputs, { label, schema, shown }) =>
        await agent(promptOf(prompt, inputs, shown), {
          label,
          ...inPhase,
          ...options,
          ...(schema === undefined ? {} : { schema }),
        });
    };

    // All at once, null for what fails; a cap is thrown once all have ended.
    const every = tracked(async (where, items, work) => {
      let cap = null;
      const results = await parallel(
        items.map((item, index) => async () => {
          try {
            return await work(item, index);
          } catch (error) {
            if (!CAPS.includes(error?.name)) return failed(typeof where === 'function' ? where(item) : where, error);
            cap ??= error;
            return null;
          }
        }),
      );
      if (cap !== null) throw cap;
      return results;
    });
    const once = tracked(async (where, work) => (await every(where, [null], work))[0]);

    return { workerOf, every, once };
  };

  globalThis.guestKit = {
    ...{ brief, isRecord, itself, keyOf, kindOf, mistake, show },
    ...{ countOf, functionOf, listOf, optionsOf, makeWorkers, MAX_ITEMS },
  };
})();
