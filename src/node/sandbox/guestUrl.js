// Runs inside QuickJS after guestLanguage.js: URL and URLSearchParams (W07), which the engine does not have. The parts
// and the resolution of the standard, without international host names.
(() => {
  'use strict';

  const hide = (target, key, value) =>
    Object.defineProperty(target, key, { value, writable: true, configurable: true, enumerable: false });

  // --- URLSearchParams ------------------------------------------------------------------------------------

  const encodeForm = (text) =>
    encodeURIComponent(text.toWellFormed())
      .replace(/%20/g, '+')
      .replace(/[!'()~]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
  const decodeForm = (text) => {
    const spaced = text.replace(/\+/g, ' ');
    try {
      return decodeURIComponent(spaced);
    } catch {
      return spaced;
    }
  };
  const parsePairs = (query) =>
    query
      .replace(/^\?/, '')
      .split('&')
      .filter((part) => part !== '')
      .map((part) => {
        const at = part.indexOf('=');
        return at === -1 ? [decodeForm(part), ''] : [decodeForm(part.slice(0, at)), decodeForm(part.slice(at + 1))];
      });

  class URLSearchParams {
    #pairs = [];
    #changed = () => undefined;
    constructor(init = '', changed = undefined) {
      if (typeof changed === 'function') this.#changed = changed;
      if (typeof init !== 'object' || init === null) this.#pairs = parsePairs(String(init));
      else {
        const pairs = init[Symbol.iterator] ? [...init] : Object.entries(init);
        this.#pairs = pairs.map(([name, value]) => [String(name), String(value)]);
      }
    }
    get size() {
      return this.#pairs.length;
    }
    append(name, value) {
      this.#pairs.push([String(name), String(value)]);
      this.#changed(this);
    }
    delete(name) {
      this.#pairs = this.#pairs.filter(([key]) => key !== String(name));
      this.#changed(this);
    }
    get(name) {
      return this.#pairs.find(([key]) => key === String(name))?.[1] ?? null;
    }
    getAll(name) {
      return this.#pairs.filter(([key]) => key === String(name)).map(([, value]) => value);
    }
    has(name) {
      return this.#pairs.some(([key]) => key === String(name));
    }
    set(name, value) {
      const at = this.#pairs.findIndex(([key]) => key === String(name));
      if (at === -1) return this.append(name, value);
      this.#pairs = this.#pairs.filter(([key], index) => index <= at || key !== String(name));
      this.#pairs[at] = [String(name), String(value)];
      this.#changed(this);
    }
    sort() {
      this.#pairs.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
      this.#changed(this);
    }
    forEach(callback, thisArg) {
      for (const [name, value] of this.#pairs) callback.call(thisArg, value, name, this);
    }
    keys() {
      return this.#pairs.map(([name]) => name).values();
    }
    values() {
      return this.#pairs.map(([, value]) => value).values();
    }
    entries() {
      return this.#pairs.map(([name, value]) => [name, value]).values();
    }
    [Symbol.iterator]() {
      return this.entries();
    }
    toString() {
      return this.#pairs.map(([name, value]) => `${encodeForm(name)}=${encodeForm(value)}`).join('&');
    }
  }

  // --- URL ----------------

  const PORTS = { 'http:': '80', 'https:': '443', 'ws:': '80', 'wss:': '443', 'ftp:': '21', 'file:': '' };
  const isSpecial = (protocol) => Object.hasOwn(PORTS, protocol);

  const percent = (char) =>
    char < '\u0080' ? `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}` : encodeURIComponent(char);

  const escape = (text, keep) =>
    text
      .toWellFormed()
      .replace(/%[0-9a-fA-F]{2}|[^]/gu, (char) =>
        (char.length > 1 && char[0] === '%') || keep.test(char) ? char : percent(char),
      );
  const PATH = /[A-Za-z0-9\-._~!$&'()*+,;=:@/%|[\]\\^]/;
  const QUERY = /[A-Za-z0-9\-._~!$&()*+,;=:@/?%`{|}[\]\\^]/;

  const withoutDots = (path) => {
    const kept = [];
    const parts = path.split('/').slice(1);
    parts.forEach((part, index) => {
      const name = part.replace(/%2e/gi, '.');
      if (name === '..') kept.pop();
      else if (name !== '.') kept.push(part);
      if ((name === '..' || name === '.') && index === parts.length - 1) kept.push('');
    });
    return `/${kept.join('/')}`;
  };

  const parseAuthority = (authority, protocol) => {
    const at = authority.lastIndexOf('@');
    const [username, ...password] = at === -1 ? [''] : authority.slice(0, at).split(':');
    const found = /^(\[[^\]]*\]|[^:]*)(?::(\d*))?$/.exec(authority.slice(at + 1));
    if (!found) return null;
    const hostname = isSpecial(protocol) ? decodeForm(found[1].replace(/\+/g, '%2B')).toLowerCase() : found[1];
    if (/[\s#%/<>?@\\^|]/.test(hostname) || (hostname === '' && isSpecial(protocol) && protocol !== 'file:'))
      return null;
    const port = found[2] === undefined || found[2] === '' ? '' : String(Number(found[2]));
    if (Number(port) > 65535) return null;
    return { username, password: password.join(':'), hostname, port: port === PORTS[protocol] ? '' : port };
  };

  const SHAPE = /^(?:([A-Za-z][A-Za-z0-9+.-]*):)?(?:\/\/([^/?#]*))?([^?#]*)(\?[^#]*)?(#[^]*)?$/;

  const parseUrl = (input, base) => {
    const trimmed = input.trim().replace(/[\t\n\r]/g, '');
    const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(trimmed)?.[1]?.toLowerCase();
    const special = scheme === undefined ? base !== undefined && isSpecial(base.protocol) : isSpecial(`${scheme}:`);
    const slashed = special ? trimmed.replace(/^[^?#]*/, (part) => part.replace(/\\/g, '/')) : trimmed;
    const found = SHAPE.exec(
      special && scheme !== undefined && scheme !== 'file' ? slashed.replace(/^([^:]*:)\/*/, '$1//') : slashed,
    );
    if (!found) return null;
    const [, , authority, path, search = '', hash = ''] = found;
    if (scheme === undefined)
      return base === undefined ? null : relativeUrl(base, { authority, path, search, hash, found });
    const protocol = `${scheme}:`;
    if (authority === undefined && !special)
      return { ...NO_AUTHORITY, protocol, opaque: !path.startsWith('/'), pathname: path, search, hash };
    const host = parseAuthority(authority ?? '', protocol);
    return host && { ...host, protocol, authority: true, pathname: path, search, hash };
  };

  const NO_AUTHORITY = { username: '', password: '', hostname: '', port: '' };

  const relativeUrl = (base, { authority, path, search, hash, found }) => {
    if (base.opaque) return hash !== '' && path === '' && search === '' ? { ...base, hash } : null;
    if (authority !== undefined) {
      const host = parseAuthority(authority, base.protocol);
      return host && { ...host, protocol: base.protocol, authority: true, pathname: path, search, hash };
    }
    if (path === '') return { ...base, search: found[4] === undefined ? base.search : search, hash };
    const pathname = path.startsWith('/') ? path : base.pathname.replace(/[^/]*$/, '') + path;
    return { ...base, pathname, search, hash };
  };

  const cleanUrl = (parts) => {
    const slash = isSpecial(parts.protocol) && !parts.pathname.startsWith('/') ? '/' : '';
    return {
      ...parts,
      username: escape(parts.username, /[A-Za-z0-9\-._~!$&'()*+,]/),
      password: escape(parts.password, /[A-Za-z0-9\-._~!$&'()*+,]/),
      pathname: parts.opaque
        ? parts.pathname
        : (slash + parts.pathname).startsWith('/')
          ? withoutDots(escape(slash + parts.pathname, PATH))
          : '',
      search: parts.search === '?' ? '' : escape(parts.search, QUERY),
      hash: parts.hash === '#' ? '' : escape(parts.hash, /[A-Za-z0-9\-._~!$&'()*+,;=:@/?%#{|}[\]\\^]/),
    };
  };

  class URL {
    #parts;
    #params;
    constructor(input, base) {
      const from = base === undefined ? undefined : cleanUrl(parseUrl(String(base)) ?? URL.#refuse(base));
      this.#parts = cleanUrl(parseUrl(String(input), from) ?? URL.#refuse(input));
      this.#readParams();
    }
    static #refuse(input) {
      throw new TypeError(`Invalid URL: ${String(input)}`);
    }
    static canParse(input, base) {
      return URL.parse(input, base) !== null;
    }
    static parse(input, base) {
      try {
        return new URL(input, base);
      } catch {
        return null;
      }
    }
    #readParams() {
      this.#params = new URLSearchParams(this.#parts.search, (params) => {
        this.#parts.search = params.size === 0 ? '' : `?${params.toString()}`;
      });
    }
    #change(changed) {
      this.#parts = cleanUrl({ ...this.#parts, ...changed });
    }
    get href() {
      const { protocol, username, password, authority, pathname, search, hash } = this.#parts;
      const user = username === '' && password === '' ? '' : `${username}${password === '' ? '' : `:${password}`}@`;
      return `${protocol}${authority ? `//${user}${this.host}` : ''}${pathname}${search}${hash}`;
    }
    get origin() {
      const { protocol } = this.#parts;
      return isSpecial(protocol) && protocol !== 'file:' ? `${protocol}//${this.host}` : 'null';
    }
    get host() {
      const { hostname, port } = this.#parts;
      return port === '' ? hostname : `${hostname}:${port}`;
    }
    get searchParams() {
      return this.#params;
    }
    get protocol() {
      return this.#parts.protocol;
    }
    get username() {
      return this.#parts.username;
    }
    get password() {
      return this.#parts.password;
    }
    get hostname() {
      return this.#parts.hostname;
    }
    get port() {
      return this.#parts.port;
    }
    get pathname() {
      return this.#parts.pathname;
    }
    get search() {
      return this.#parts.search;
    }
    get hash() {
      return this.#parts.hash;
    }
    set href(value) {
      this.#parts = cleanUrl(parseUrl(String(value)) ?? URL.#refuse(value));
      this.#readParams();
    }
    set protocol(value) {
      this.#change({ protocol: `${String(value).replace(/:.*$/, '').toLowerCase()}:` });
    }
    set hostname(value) {
      this.#change({ hostname: String(value).toLowerCase() });
    }
    set port(value) {
      this.#change({ port: String(value) === PORTS[this.protocol] ? '' : String(value) });
    }
    set pathname(value) {
      this.#change({ pathname: String(value) });
    }
    set search(value) {
      this.#change({ search: String(value).replace(/^(?!\?|$)/, '?') });
      this.#readParams();
    }
    set hash(value) {
      this.#change({ hash: String(value).replace(/^(?!#|$)/, '#') });
    }
    toString() {
      return this.href;
    }
    toJSON() {
      return this.href;
    }
  }

  hide(globalThis, 'URLSearchParams', URLSearchParams);
  hide(globalThis, 'URL', URL);
})();
