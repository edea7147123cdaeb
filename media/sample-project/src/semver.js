const VERSION = /^v?(\d+\.\d+\.\d+)(?:-([\w.-]+))?(?:\+[\w.-]+)?$/;

/** Negative when `a` comes before `b`, positive when after, 0 when equal: the order of semver.org, for `sort`. */
export function compareVersions(a, b) {
  const left = parse(a);
  const right = parse(b);
  return compareLists(left.numbers, right.numbers) || compareTags(left.tags, right.tags);
}

/** The highest version of a list. Pre-releases count only with `{ prerelease: true }`. */
export function latest(versions, { prerelease = false } = {}) {
  return versions
    .filter((version) => prerelease || parse(version).tags.length === 0)
    .reduce((best, version) => (best === undefined || compareVersions(version, best) > 0 ? version : best), undefined);
}

function parse(version) {
  const match = VERSION.exec(version);
  if (!match) throw new TypeError(`not a version: ${version}`);
  return { numbers: match[1].split('.'), tags: match[2]?.split('.') ?? [] };
}

// A release comes after its own pre-releases.
function compareTags(left, right) {
  if (left.length === 0 || right.length === 0) return right.length - left.length;
  return compareLists(left.map(toTag), right.map(toTag));
}

function toTag(text) {
  return /^\d+$/.test(text) ? Number(text) : text;
}

function compareLists(left, right) {
  const shared = Math.min(left.length, right.length);
  for (let at = 0; at < shared; at++) {
    if (left[at] !== right[at]) return compareItems(left[at], right[at]);
  }
  return left.length - right.length;
}

// Numbers come before words.
function compareItems(left, right) {
  if (typeof left !== typeof right) return typeof left === 'number' ? -1 : 1;
  return left < right ? -1 : 1;
}
