/** The query of a URL as a plain object. Where a key comes twice, the last one wins. */
export function parseQuery(query) {
  return Object.fromEntries(pairs(query));
}

/** The same, with every value kept: each key holds a list, in the order of the query. */
export function parseQueryAll(query) {
  const result = {};
  for (const [key, value] of pairs(query)) (result[key] ??= []).push(value);
  return result;
}

/** The reverse, keys in their order. A list repeats its key; `null` and `undefined` are left out. */
export function formatQuery(values) {
  return Object.entries(values)
    .flatMap(([key, value]) => [value].flat().map((item) => [key, item]))
    .filter(([, value]) => value != null)
    .map(([key, value]) => `${encodeURIComponent(key)}=${encodeURIComponent(value)}`)
    .join('&');
}

function pairs(query) {
  return query
    .replace(/^\?/, '')
    .split('&')
    .filter(Boolean)
    .map((pair) => {
      const [key, ...rest] = pair.split('=');
      return [decode(key), decode(rest.join('='))];
    });
}

function decode(text) {
  return decodeURIComponent(text.replaceAll('+', ' '));
}
