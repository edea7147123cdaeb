// patterns.*: the shapes in which many agents do better than one (X05), in plain JavaScript, made of nothing but the API
// that a script has itself and of guestKit.js, which says what a worker is. Runs inside QuickJS before guest.js.
(() => {
  'use strict';

  const { brief, isRecord, itself, keyOf, kindOf, mistake, show } = globalThis.guestKit;
  const { countOf, functionOf, listOf, optionsOf, makeWorkers, MAX_ITEMS } = globalThis.guestKit;

  const DEFAULT_MAX_ROUNDS = 100;
  const VERDICTS = ['upheld', 'refuted', 'abstained'];

  const REFUTE =
    'Try to refute the claim below. Look for evidence yourself and do not trust how it is worded. Answer "refuted" only for a reason that holds, "upheld" when it withstands you, "abstained" when you cannot tell.';
  const SCORE = 'Score the candidate below from 0 (useless) to 10 (excellent).';
  const REFORM = 'Give the result below in the form that is asked for. Add nothing to it.';

  const text = { type: 'string' };
  const schemaOf = (properties) => ({
    type: 'object',
    properties,
    required: Object.keys(properties),
    additionalProperties: false,
  });
  const VOTE = schemaOf({ verdict: { enum: VERDICTS }, reason: text });
  const MATCH = schemaOf({ winner: { enum: ['a', 'b', 'tie'] }, reason: text });
  const SCORED = schemaOf({ score: { type: 'number' }, reason: text });

  globalThis.makePatterns = (api) => {
    const { check, tracked } = api;
    const { workerOf, every, once } = makeWorkers(api);

    // --- classifyAndAct ---------------------------------------------------------------------------------------

    const tableOf = (name, what, given, phase, ownPrompt) => {
      if (!isRecord(given) || Object.keys(given).length === 0)
        throw mistake(name, `${what} must be an object with a route a name, not ${kindOf(given)}`);
      return Object.entries(given).map(([route, entry]) => {
        if (entry === undefined) throw mistake(name, `${what}.${route} is undefined`);
        const { when, act, ...spec } = isRecord(entry) ? entry : { act: entry };
        if (act !== undefined && Object.keys(spec).length > 0)
          throw mistake(name, `${what}.${route} has both act and options of an agent: take one`);
        return { route, when, act: workerOf(name, `${what}.${route}`, act ?? spec, { phase, prompt: ownPrompt }) };
      });
    };

    const choose = tracked(async (where, input, table, classify) => {
      const names = table.map(({ route }) => route);
      const list = table
        .map(({ route, when }) => (when === undefined ? `- ${route}` : `- ${route}: ${when}`))
        .join('\n');
      const answer = await once(where, () =>
        classify([input, names], {
          label: `classify: ${brief(input)}`,
          schema: schemaOf({ route: { enum: names }, reason: text }),
          shown: `${list}\n\n${show(input)}`,
        }),
      );
      const { route = null, reason = '' } = typeof answer === 'string' ? { route: answer } : (answer ?? {});
      return { entry: table.find((entry) => entry.route === route), reason };
    });

    /**
     * classifyAndAct(item, {routes, classify?, otherwise?, forms?, classifyForm?, phase?})
     *   → {route, reason, form, result}
     *
     * A classifier picks one of `routes`, and that one acts on the item. `routes` is {name: route}; a route is a
     * function (item) => value, or {when?, act?, …}: `when` tells the classifier what it is for, `act` is such a
     * function, and without it the rest are a worker's options ({agentType}, {model}, {prompt}, …). `classify` is a
     * worker (item, names) that gives a name or {route, reason}. Where it gives no known name, `otherwise` is taken, or
     * route and result are null. With `forms`, a table of the same kind, a second choice over the *result* gives it its
     * final form ({schema} is enough for a form); `classifyForm`, a worker (result, names), makes it, and `classify` is
     * not asked.
     */
    const classifyAndAct = async (item, given) => {
      const name = 'classifyAndAct';
      const options = optionsOf(name, given, ['routes', 'classify', 'otherwise', 'forms', 'classifyForm', 'phase']);
      const { phase, otherwise } = options;
      const routes = tableOf(name, 'routes', options.routes, phase);
      const forms = options.forms === undefined ? null : tableOf(name, 'forms', options.forms, phase, REFORM);
      const fallback = routes.find(({ route }) => route === otherwise);
      if (otherwise !== undefined && fallback === undefined)
        throw mistake(name, `otherwise names ${show(otherwise)}, which is none of routes`);
      const classifier = (what, prompt) => workerOf(name, what, options[what], { phase, prompt });
      const classify = classifier('classify', 'Which of these routes fits what stands below them?');
      const classifyForm = classifier('classifyForm', 'Which of these forms fits the result below them?');
      const chosen = await choose(`${name}, classify`, item, routes, classify);
      const entry = chosen.entry ?? fallback;
      const { reason } = chosen;
      if (entry === undefined) return { route: null, reason, form: null, result: null };
      const { route, act } = entry;
      const result = await once(`${name}, ${route}`, () => act([item], { label: `${route}: ${brief(item)}` }));
      if (forms === null || result === null) return { route, reason, form: null, result };
      const { entry: form } = await choose(`${name}, classifyForm`, result, forms, classifyForm);
      if (form === undefined) return { route, reason, form: null, result };
      const formed = await once(`${name}, ${form.route}`, () => form.act([result], { label: `form: ${form.route}` }));
      return { route, reason, form: form.route, result: formed };
    };

    // --- fanOutAndSynthesize ----------------------------------------------------------------------------------

    /**
     * fanOutAndSynthesize(items, {each, synthesize, phase?}) → {result, parts}
     *
     * `each` is a worker (item, index); all run at once. When all have ended, `synthesize`, a worker with a prompt, gets
     * [{item, result}] without the parts that came to nothing; it is not asked when none is left, and `result` is null.
     * `parts` are the results in the order of `items`, null where one came to nothing.
     */
    const fanOutAndSynthesize = async (items, given) => {
      const name = 'fanOutAndSynthesize';
      listOf(name, 'items', items);
      const { each, synthesize, phase } = optionsOf(name, given, ['each', 'synthesize', 'phase']);
      if (each === undefined)
        throw mistake(name, 'each must be a function, a prompt, or {prompt, …options of agent()}, not undefined');
      const work = workerOf(name, 'each', each, { phase });
      const sum = workerOf(name, 'synthesize', synthesize, { phase, needsPrompt: true });
      const parts = await every(`${name}, each`, items, (item, index) => work([item, index], { label: brief(item) }));
      const left = items.map((item, index) => ({ item, result: parts[index] })).filter(({ result }) => result != null);
      if (left.length === 0) return { result: null, parts };
      return { result: await once(`${name}, synthesize`, () => sum([left], { label: 'synthesize' })), parts };
    };

    // --- adversarialVerify ------------------------------------------------------------------------------------

    const voteOf = (answer) => {
      const { verdict, reason = '' } = typeof answer === 'string' ? { verdict: answer } : (answer ?? {});
      return VERDICTS.includes(verdict) ? { verdict, reason } : { verdict: 'abstained', reason: 'no answer' };
    };

    const judged = (claim, cast) => {
      const number = (of) => cast.filter(({ verdict }) => verdict === of).length;
      const votes = { upheld: number('upheld'), refuted: number('refuted'), abstained: number('abstained') };
      return { claim, votes, reasons: cast.map(({ verdict, reason }) => `${verdict}: ${reason}`) };
    };

    /**
     * adversarialVerify(claims, {refute?, votes = 3, phase?}) → {kept, dropped}, each of [{claim, votes, reasons}]
     *
     * Every claim goes to `votes` skeptics of its own. `refute` is a worker (claim, n) that gives {verdict, reason} or a
     * verdict: "upheld", "refuted" or "abstained"; anything else, a dead skeptic too, abstains. A claim is dropped only
     * when more than half of all its votes refute it. `votes` = {upheld, refuted, abstained}; orders are kept.
     */
    const adversarialVerify = async (claims, given = {}) => {
      const name = 'adversarialVerify';
      listOf(name, 'claims', claims);
      const { refute, votes: wanted, phase } = optionsOf(name, given, ['refute', 'votes', 'phase']);
      const skeptic = workerOf(name, 'refute', refute, { phase, prompt: REFUTE });
      const votes = countOf(name, 'votes', wanted, 3);
      if (votes === Infinity) throw mistake(name, 'votes must be a number below infinity');
      const asked = claims.flatMap((claim) => Array.from({ length: votes }, (_, n) => ({ claim, n })));
      const answers = await every(`${name}, skeptic`, listOf(name, 'claims × votes', asked), ({ claim, n }) =>
        skeptic([claim, n], { label: `skeptic ${n + 1}: ${brief(claim)}`, schema: VOTE }),
      );
      const all = claims.map((claim, index) =>
        judged(claim, answers.slice(index * votes, (index + 1) * votes).map(voteOf)),
      );
      const isRefuted = (entry) => entry.votes.refuted * 2 > votes;
      return { kept: all.filter((entry) => !isRefuted(entry)), dropped: all.filter(isRefuted) };
    };

    // --- generateAndFilter ------------------------------------------------------------------------------------

    const scoreOf = (answer) => {
      const { score, reason = '' } = typeof answer === 'number' ? { score: answer } : (answer ?? {});
      return Number.isFinite(score) ? { score, reason } : { score: null, reason: 'no score' };
    };

    /**
     * generateAndFilter({generate, count | prompts, key?, score?, keep?, phase?}) → {kept, dropped}
     *
     * `generate` is a worker: called `count` times with the number of the call, from 0, or once with each of `prompts`
     * (then it may be left out: each prompt is asked as it is). It gives a candidate, an array of them, or null. Of
     * candidates with equal `key(candidate)` (default: the candidate) the first stays. `score` is a worker (candidate)
     * that gives a number, or {score, reason}; higher is better. `keep` is how many of the best stay, or a function
     * (candidate, score) => true, which may wait for an agent or a check. Entries are {candidate, score, reason}; `kept`
     * is sorted by score, equal ones as they came; `dropped` says `why`: "duplicate", "no score" or "not kept".
     */
    const generateAndFilter = async (given) => {
      const name = 'generateAndFilter';
      const options = optionsOf(name, given, ['generate', 'count', 'prompts', 'key', 'score', 'keep', 'phase']);
      const { generate, count, prompts, score, keep, phase } = options;
      if ((count === undefined) === (prompts === undefined)) throw mistake(name, 'takes either count or prompts');
      if (count === Infinity) throw mistake(name, 'count must be a number below infinity');
      const inputs =
        prompts === undefined
          ? Array.from({ length: Math.min(countOf(name, 'count', count), MAX_ITEMS + 1) }, (_, n) => n)
          : prompts;
      listOf(name, prompts === undefined ? 'count' : 'prompts', inputs);
      const author = workerOf(name, 'generate', generate, { phase, needsPrompt: prompts === undefined });
      const key = keyOf(functionOf(name, 'key', options.key, itself));
      const judge = score === undefined ? null : workerOf(name, 'score', score, { phase, prompt: SCORE });
      if (keep !== undefined && typeof keep !== 'function') countOf(name, 'keep', keep);

      const made = await every(`${name}, generate`, inputs, (input, n) =>
        author([input, n], {
          label: `candidate ${n + 1}`,
          shown: prompts === undefined ? `This is attempt ${n + 1} of ${count}.` : undefined,
        }),
      );
      const seen = new Set();
      const dropped = [];
      const fresh = made.flat().filter((candidate) => {
        if (candidate === null || candidate === undefined) return false;
        const known = key(candidate);
        if (!seen.has(known)) return seen.add(known);
        dropped.push({ candidate, score: null, reason: '', why: 'duplicate' });
        return false;
      });
      const scores =
        judge === null
          ? null
          : await every(`${name}, score`, fresh, (candidate) =>
              judge([candidate], { label: `score: ${brief(candidate)}`, schema: SCORED }),
            );
      const entries = fresh.map((candidate, index) => ({
        candidate,
        ...(scores ? scoreOf(scores[index]) : { score: null, reason: '' }),
      }));
      const drop = (entry, why) => void dropped.push({ ...entry, why });
      const standing =
        judge === null ? entries : entries.filter((entry) => entry.score !== null || drop(entry, 'no score'));
      const best = standing.toSorted((a, b) => b.score - a.score);
      const chosen =
        typeof keep === 'function'
          ? await every(`${name}, keep`, best, (entry) => keep(entry.candidate, entry.score))
          : best.map((_, index) => index < (keep ?? Infinity));
      return { kept: best.filter((entry, index) => chosen[index] || drop(entry, 'not kept')), dropped };
    };

    // --- tournament -------------------------------------------------------------------------------------------

    /**
     * tournament(entries, {judge, rank = false, phase?}) → {winner, ranking, matches}
     *
     * `judge` is a worker (a, b), with a prompt, that gives "a", "b" or "tie", or {winner, reason} with one of these.
     * Without `rank` entries meet in rounds until one is left: n − 1 comparisons. With it they are merge-sorted, best
     * first: at most n × ⌈log2 n⌉. Comparisons of one level run at once. On a tie, and where a judge dies or answers
     * anything else, the entry that was given earlier goes first. An agent sees every second pair the other way round,
     * since judges favour a place. `ranking` is null without `rank`; `winner` is null when there are no entries;
     * `matches` are [{a, b, winner: "a" | "b" | "tie" | null, reason}], null for a judge that gave no answer.
     */
    const tournament = async (entries, given) => {
      const name = 'tournament';
      listOf(name, 'entries', entries);
      const { judge, rank = false, phase } = optionsOf(name, given, ['judge', 'rank', 'phase']);
      if (typeof rank !== 'boolean') throw mistake(name, `rank must be true or false, not ${kindOf(rank)}`);
      const referee = workerOf(name, 'judge', judge, { phase, needsPrompt: true });
      const matches = [];

      // Of two places among the entries, the left one earlier: true when the right one is better.
      const isBetter = tracked(async (left, right) => {
        const turned = typeof judge !== 'function' && (left + right) % 2 === 0;
        const [a, b] = turned ? [entries[right], entries[left]] : [entries[left], entries[right]];
        const answer = await once(`${name}, judge`, () =>
          referee([a, b], {
            label: `${brief(a)} or ${brief(b)}`,
            schema: MATCH,
            shown: `a:\n${show(a)}\n\nb:\n${show(b)}`,
          }),
        );
        const { winner = null, reason = '' } = typeof answer === 'string' ? { winner: answer } : (answer ?? {});
        const known = ['a', 'b', 'tie'].includes(winner) ? winner : null;
        return { match: { a, b, winner: known, reason }, better: known === (turned ? 'a' : 'b') };
      });

      const merge = async ([left, right]) => {
        const merged = [];
        const played = [];
        let [i, j] = [0, 0];
        while (i < left.length && j < right.length) {
          const { match, better } = await isBetter(left[i], right[j]);
          played.push(match);
          merged.push(better ? right[j++] : left[i++]);
        }
        return { run: [...merged, ...left.slice(i), ...right.slice(j)], played };
      };
      const meet = async ([left, right]) => {
        const { match, better } = await isBetter(left[0], right[0]);
        return { run: better ? right : left, played: [match] };
      };

      // Runs of places, the best first; without a ranking each keeps its best alone.
      let runs = entries.map((_, place) => [place]);
      while (runs.length > 1) {
        const pairs = [];
        for (let place = 0; place + 1 < runs.length; place += 2) pairs.push([runs[place], runs[place + 1]]);
        const odd = runs.length % 2 === 1 ? [runs[runs.length - 1]] : [];
        const level = await every(`${name}, level`, pairs, rank ? merge : meet);
        for (const { played } of level) matches.push(...played);
        runs = [...level.map(({ run }) => run), ...odd];
      }
      const order = runs[0] ?? [];
      return {
        winner: order.length === 0 ? null : entries[order[0]],
        ranking: rank ? order.map((place) => entries[place]) : null,
        matches,
      };
    };

    // --- loopUntilDone ----------------------------------------------------------------------------------------

    /**
     * loopUntilDone({round, key?, seen = [], keep?, check?, dryRounds = 2, maxRounds = 100, phase?})
     *   → {found, rounds, ended: "check" | "dry" | "rounds"}
     *
     * `round` is a worker (n, found), with a prompt, n counting from 0; it gives an item, an array of them, or null. An
     * item is new when no earlier one, of `seen` included, has its `key(item)` (default: the item). `keep` is a function
     * (newItems) => those that count; what it refuses stays seen, so that it does not come back. The loop ends after
     * `dryRounds` rounds in a row that brought nothing new; when `check` passes, which is looked at after each round: a
     * shell command for check(), or a function (found) that gives true or what check() gave; and after `maxRounds`.
     * `dryRounds: Infinity` leaves it to the other two. A round that throws or whose agent dies brings nothing.
     */
    const loopUntilDone = async (given) => {
      const name = 'loopUntilDone';
      const options = optionsOf(name, given, [
        'round',
        'key',
        'seen',
        'keep',
        'check',
        'dryRounds',
        'maxRounds',
        'phase',
      ]);
      const work = workerOf(name, 'round', options.round, { phase: options.phase, needsPrompt: true });
      const key = keyOf(functionOf(name, 'key', options.key, itself));
      const keep = functionOf(name, 'keep', options.keep, itself);
      const dryRounds = countOf(name, 'dryRounds', options.dryRounds, 2);
      const maxRounds = countOf(name, 'maxRounds', options.maxRounds, DEFAULT_MAX_ROUNDS);
      const { check: command } = options;
      if (command !== undefined && typeof command !== 'function' && typeof command !== 'string')
        throw mistake(name, `check must be a command or a function, not ${kindOf(command)}`);
      const look = typeof command === 'string' ? () => check(command) : (command ?? (() => false));
      const seen = new Set(listOf(name, 'seen', options.seen ?? []).map(key));
      const found = [];

      const runRound = async (n) => {
        const list = found.length === 0 ? '' : `\n\nFound so far:\n${show(found)}`;
        const answer = await work([n, [...found]], {
          label: `round ${n + 1}`,
          shown: `This is round ${n + 1}.${list}`,
        });
        return (Array.isArray(answer) ? answer : [answer]).filter((item) => {
          if (item === null || item === undefined) return false;
          const known = key(item);
          return !seen.has(known) && seen.add(known);
        });
      };

      let dry = 0;
      for (let n = 0; n < maxRounds; n++) {
        const fresh = (await once(`${name}, round ${n + 1}`, () => runRound(n))) ?? [];
        const kept = fresh.length === 0 ? [] : ((await once(`${name}, keep`, () => keep(fresh))) ?? []);
        if (!Array.isArray(kept)) throw mistake(name, `keep must give an array, not ${kindOf(kept)}`);
        found.push(...kept);
        const isDone = await once(`${name}, check`, () => look([...found]));
        if (isDone === true || isDone?.exitCode === 0) return { found, rounds: n + 1, ended: 'check' };
        dry = fresh.length > 0 ? 0 : dry + 1;
        if (dry >= dryRounds) return { found, rounds: n + 1, ended: 'dry' };
      }
      return { found, rounds: maxRounds, ended: 'rounds' };
    };

    return {
      classifyAndAct,
      fanOutAndSynthesize,
      adversarialVerify,
      generateAndFilter,
      tournament,
      loopUntilDone,
    };
  };
})();
