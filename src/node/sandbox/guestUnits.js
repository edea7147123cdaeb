// What counts units: inDependencyOrder (X05) and coverage (X11), in plain JavaScript over guestKit.js, which says what a
// worker is. Runs inside QuickJS before guest.js.
(() => {
  'use strict';

  const { brief, isRecord, itself, keyOf, kindOf, mistake, show } = globalThis.guestKit;
  const { functionOf, listOf, optionsOf, makeWorkers } = globalThis.guestKit;

  // --- inDependencyOrder ------------------------------------------------------------------------------------

  const edgesOf = (name, units, keys, key, dependsOn) => {
    const places = new Map(keys.map((known, place) => [known, place]));
    if (places.size < keys.length) {
      const twice = keys.find((known, place) => places.get(known) !== place);
      throw mistake(name, `two units have the key ${show(twice)}`);
    }
    return units.map((unit, place) => {
      const named = (typeof dependsOn === 'function' ? dependsOn(unit) : dependsOn[keys[place]]) ?? [];
      if (!Array.isArray(named))
        throw mistake(name, `dependsOn must give an array for ${show(keys[place])}, not ${kindOf(named)}`);
      return [...new Set(named)].map((dependency) => {
        const found = places.get(dependency) ?? places.get(key(dependency));
        if (found === undefined)
          throw mistake(name, `${show(keys[place])} depends on ${show(dependency)}, which is none of the units`);
        return found;
      });
    });
  };

  // Kahn's algorithm; what it cannot place lies on a cycle or behind one, and following what is left leads into it.
  const orderOf = (name, keys, edges) => {
    const open = edges.map((to) => to.length);
    const dependents = edges.map(() => []);
    edges.forEach((to, place) => to.forEach((dependency) => dependents[dependency].push(place)));
    const order = open.flatMap((number, place) => (number === 0 ? [place] : []));
    for (let next = 0; next < order.length; next++)
      for (const place of dependents[order[next]]) if (--open[place] === 0) order.push(place);
    if (order.length === edges.length) return order;
    const path = [open.findIndex((number) => number > 0)];
    for (;;) {
      const next = edges[path[path.length - 1]].find((place) => open[place] > 0);
      const start = path.indexOf(next);
      path.push(next);
      if (start >= 0)
        throw new Error(
          `${name}(): the units depend on each other in a cycle: ${path
            .slice(start)
            .map((place) => keys[place])
            .join(' → ')}.`,
        );
    }
  };

  /**
   * inDependencyOrder(units, dependsOn, fn, {key?, phase?}?) → {results, done, failed, blocked}
   *
   * `fn` is a worker (unit, resultsOfItsDependencies); a unit starts as soon as all that it depends on is done.
   * `dependsOn` is a function (unit) => array, or an object {key: array}, of units or their keys; `key(unit)` is by
   * default the unit if it is a text, else its `id` or `name`. A unit fails when its worker throws or gives null; what
   * depends on it, at whatever distance, is never started, and is listed in the run's failures. `results` are in the
   * order of `units`, null for those two kinds; the other three are units. A cycle is an Error that names it, before anything starts.
   */
  const makeInDependencyOrder = (api) => {
    const { workerOf, every } = makeWorkers(api);
    const name = 'inDependencyOrder';
    return async (units, dependsOn, fn, given = {}) => {
      listOf(name, 'units', units);
      const options = optionsOf(name, given, ['key', 'phase']);
      const key = keyOf(functionOf(name, 'key', options.key, keyOfUnit));
      if (typeof dependsOn !== 'function' && !isRecord(dependsOn))
        throw mistake(name, `dependsOn must be a function or an object, not ${kindOf(dependsOn)}`);
      if (fn === undefined) throw mistake(name, 'takes a function, a prompt, or {prompt, …options of agent()} third');
      const work = workerOf(name, 'the third argument', fn, { phase: options.phase });
      const keys = units.map(key);
      const edges = edgesOf(name, units, keys, key, dependsOn);
      const order = orderOf(name, keys, edges);

      const results = new Array(units.length).fill(null);
      const states = new Array(units.length);
      const started = new Array(units.length);
      const run = async (place) => {
        await Promise.allSettled(edges[place].map(start));
        const culprit = edges[place].find((dependency) => states[dependency] !== 'done');
        states[place] = culprit === undefined ? 'failed' : 'blocked';
        if (culprit !== undefined) {
          const fate = states[culprit] === 'failed' ? 'failed' : 'was not started either';
          throw new Error(`not started: it depends on ${show(keys[culprit])}, which ${fate}`);
        }
        const before = edges[place].map((dependency) => results[dependency]);
        const result = await work([units[place], before], { label: brief(keys[place]) });
        if (result === null) return;
        results[place] = result;
        states[place] = 'done';
      };
      const start = (place) => (started[place] ??= run(place));
      await every((place) => `${name}, ${show(keys[place])}`, order, start);

      const those = (state) => units.filter((_, place) => states[place] === state);
      return { results, done: those('done'), failed: those('failed'), blocked: those('blocked') };
    };
  };

  const keyOfUnit = (unit) => (isRecord(unit) ? (unit.id ?? unit.name ?? unit) : unit);

  // --- coverage ---------------------------------------------------------------------------------------------

  const lookUp = (name, units, keys, results, key) => {
    if (results instanceof Map)
      return units.map((unit, place) => (results.has(unit) ? results.get(unit) : results.get(keys[place])));
    if (isRecord(results)) return keys.map((known) => (Object.hasOwn(results, known) ? results[known] : undefined));
    if (!Array.isArray(results))
      throw mistake(name, `results must be an array, a Map or an object, not ${kindOf(results)}`);
    if (key === undefined) return units.map((_, place) => results[place]);
    const byKey = new Map();
    for (const result of results) if (result != null) byKey.set(keyOf(key)(result), result);
    return keys.map((known) => byKey.get(known));
  };

  /**
   * coverage(units, results, {key?}) → {done, failed, unvisited, total}
   *
   * Sorts every unit into one of three lists, in their order: done, failed (its result is null), unvisited (it has
   * none). `results` is an array in the order of `units`; or, with `key`, one in any order, where a result belongs to
   * the unit with the same `key(…)` (a null belongs to none); or a Map or an object of results by unit or by key. What
   * the last word on a unit calls unvisited is listed in the run's failures, and the run ends degraded.
   */
  const makeCoverage =
    ({ visited }) =>
    (units, results, given = {}) => {
      const name = 'coverage';
      if (!Array.isArray(units)) throw mistake(name, `units must be an array, not ${kindOf(units)}`);
      const { key } = optionsOf(name, given, ['key']);
      const keys = units.map(keyOf(functionOf(name, 'key', key, itself)));
      const found = lookUp(name, units, keys, results, key);
      const stateOf = (result) => (result === undefined ? 'unvisited' : result === null ? 'failed' : 'done');
      const those = (state) => units.filter((_, place) => stateOf(found[place]) === state);
      keys.forEach((known, place) => visited(known, brief(units[place]), stateOf(found[place])));
      return { done: those('done'), failed: those('failed'), unvisited: those('unvisited'), total: units.length };
    };

  globalThis.makeUnits = (api) => ({ inDependencyOrder: makeInDependencyOrder(api), coverage: makeCoverage(api) });
})();
