import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo, LookupFunction } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from 'vitest';
import { fetchPage, type FetchOptions } from './fetchPage.ts';
import { pageText } from './pageText.ts';
import { isPublicAddress } from './publicAddress.ts';
import { readableText } from './readableText.ts';
import { webAddress } from './webAddress.ts';

const never = new AbortController().signal;
const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** 127.0.0.1 stands for the public internet here, and every other address for what is closed. */
const isAllowed = (address: string): boolean => address === '127.0.0.1';
const NAMES: Readonly<Record<string, readonly string[]>> = {
  'site.test': ['127.0.0.1'],
  'other.test': ['127.0.0.1'],
  'inside.test': ['127.0.0.2'],
  'both.test': ['127.0.0.1', '10.0.0.1'],
};
const lookup: LookupFunction = (host, options, done) => {
  const all = (NAMES[host] ?? []).map((address) => ({ address, family: 4 }));
  const missing = Object.assign(new Error('no such host'), { code: 'ENOTFOUND' });
  if (all[0] === undefined) done(missing, '');
  else if (options.all === true) done(null, all);
  else done(null, all[0].address, 4);
};
const OPTIONS: FetchOptions = { isAllowed, lookup };

async function serve(listener: RequestListener): Promise<number> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, resolve));
  return (server.address() as AddressInfo).port;
}

const get = async (url: string, options: FetchOptions = {}) =>
  fetchPage(new URL(url), never, { ...OPTIONS, ...options });

describe('addresses', () => {
  test.each([
    ...['127.0.0.1', '127.9.9.9', '10.1.2.3', '172.16.0.1', '172.31.255.255', '192.168.1.1', '169.254.169.254'],
    ...['168.63.129.16', '100.100.100.200', '0.0.0.0', '224.0.0.1', '255.255.255.255', '198.18.0.1', '192.0.2.7'],
    ...['::1', '::', 'fe80::1', 'fec0::1', 'fd00:ec2::254', 'fc00::1', 'ff02::1', '2001:db8::1', '2002:7f00:1::'],
    ...['::ffff:127.0.0.1', '::ffff:7f00:1', '::ffff:8.8.8.8', '64:ff9b::7f00:1', '::127.0.0.1', 'example.com', ''],
  ])('%s is not public', (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });

  test.each(['8.8.8.8', '172.32.0.1', '100.128.0.1', '169.253.0.1', '2606:4700:4700::1111', '2a00:1450::1'])(
    '%s is public',
    (address) => {
      expect(isPublicAddress(address)).toBe(true);
    },
  );

  test.each([
    ...['http://127.0.0.1/', 'http://2130706433/', 'http://0x7f.1/', 'http://0177.0.0.1/', 'http://127.1/'],
    ...['http://[::1]/', 'http://[::ffff:169.254.169.254]/', 'http://[::ffff:a9fe:a9fe]/', 'http://localhost/'],
    ...['http://LOCALHOST./', 'http://a.localhost/', 'http://printer.local/', 'http://metadata.google.internal/'],
    ...['http://intranet/', 'http://１２７.0.0.1/', 'http://①②⑦.⓪.⓪.①/'],
  ])('%s is refused before anything is asked', (url) => {
    expect(webAddress(url, isPublicAddress)).toMatchObject({ problem: expect.stringMatching(/does not go/) as string });
  });

  test.each([
    { url: 'file:///etc/passwd', problem: /https: or http: alone/ },
    { url: 'ftp://example.com/', problem: /https: or http: alone/ },
    { url: 'data:text/html,hi', problem: /https: or http: alone/ },
    { url: 'https://user:secret@example.com/', problem: /without/ },
    { url: 'example.com', problem: /no web address/ },
    { url: `https://example.com/${'x'.repeat(5_000)}`, problem: /no web address/ },
  ])('$url is refused with what to do', ({ url, problem }) => {
    expect(webAddress(url, isPublicAddress)).toMatchObject({ problem: expect.stringMatching(problem) as string });
  });

  test('what follows a # is not sent', () => {
    expect(webAddress('https://example.com/a?b=c#d', isPublicAddress)).toMatchObject({
      url: new URL('https://example.com/a?b=c'),
    });
  });
});

describe('getting a page', () => {
  test('gives its bytes, type and charset', async () => {
    const port = await serve((_request, response) => {
      response.setHeader('content-type', 'text/html; charset="windows-1252"').end('hi');
    });
    expect(await get(`http://site.test:${port}/`)).toMatchObject({
      kind: 'page',
      type: 'text/html',
      charset: 'windows-1252',
      cut: false,
    });
  });

  test.each(['inside.test', 'both.test'])('does not go to %s, which stands for a closed address', async (host) => {
    let asked = 0;
    const port = await serve((_request, response) => {
      asked += 1;
      response.end('secret');
    });
    expect(await get(`http://${host}:${port}/`)).toMatchObject({
      kind: 'failed',
      message: expect.stringMatching(/does not go/) as string,
    });
    expect(asked).toBe(0);
  });

  test('a name is asked for once a connection, and the connection goes to what was judged', async () => {
    let lookups = 0;
    const rebinding: LookupFunction = (_host, options, done) => {
      lookups += 1;
      const address = lookups === 1 ? '127.0.0.1' : '127.0.0.2';
      if (options.all === true) done(null, [{ address, family: 4 }]);
      else done(null, address, 4);
    };
    const port = await serve((request, response) => {
      expect(request.socket.localAddress).toMatch(/127\.0\.0\.1$/);
      // The redirection needs a connection of its own.
      if (request.url === '/') response.writeHead(302, { location: '/next', connection: 'close' }).end();
      else response.end('secret');
    });
    const page = await get(`http://site.test:${port}/`, { lookup: rebinding });
    expect(page).toMatchObject({ kind: 'failed', message: expect.stringMatching(/does not go/) as string });
    expect(lookups).toBe(2);
  });

  test.each([
    { name: 'another host', to: 'http://other.test/x', result: { kind: 'elsewhere' } },
    { name: 'another port', to: 'http://site.test:1/x', result: { kind: 'elsewhere' } },
    { name: 'a closed address', to: 'http://127.0.0.2/x', result: { kind: 'failed', message: /does not go/ } },
    { name: 'metadata', to: 'http://169.254.169.254/latest', result: { kind: 'failed', message: /does not go/ } },
    { name: 'a file', to: 'file:///etc/passwd', result: { kind: 'failed', message: /alone/ } },
  ])('a redirection to $name is not followed', async ({ to, result }) => {
    const port = await serve((_request, response) => void response.writeHead(302, { location: to }).end());
    const page = await get(`http://site.test:${port}/`);
    expect(page.kind).toBe(result.kind);
    if (page.kind === 'failed') expect(page.message).toMatch(result.message ?? /./);
  });

  test('follows five redirections on the same host and no more', async () => {
    const port = await serve((request, response) => {
      const at = Number(request.url?.slice(1));
      if (at === 0) response.end('there');
      else response.writeHead(307, { location: `/${at - 1}` }).end();
    });
    expect(await get(`http://site.test:${port}/5`)).toMatchObject({ kind: 'page' });
    expect(await get(`http://site.test:${port}/6`)).toMatchObject({
      kind: 'failed',
      message: expect.stringMatching(/more than 5 times/) as string,
    });
  });

  test.each([
    { name: 'plain', pack: (bytes: Buffer) => ({ bytes, headers: {} }) },
    { name: 'packed', pack: (bytes: Buffer) => ({ bytes: gzipSync(bytes), headers: { 'content-encoding': 'gzip' } }) },
  ])('ends at its cap, $name', async ({ pack }) => {
    const { bytes, headers } = pack(Buffer.alloc(3_000_000, 'x'));
    const port = await serve((_request, response) => void response.writeHead(200, headers).end(bytes));
    const page = await get(`http://site.test:${port}/`, { maxBytes: 1_000 });
    expect(page).toMatchObject({ kind: 'page', cut: true });
    expect(page.kind === 'page' && page.bytes.length).toBe(1_000);
  });

  test.each([
    { name: 'falls silent', message: /took longer/, then: () => undefined },
    { name: 'breaks off', message: /broke off/, then: (destroy: () => void) => setImmediate(destroy) },
  ])('does not wait for a packed page that $name', async ({ message, then }) => {
    const port = await serve((_request, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' });
      response.write(gzipSync(Buffer.alloc(100_000, 'x')).subarray(0, 20), () => then(() => response.destroy()));
    });
    expect(await get(`http://site.test:${port}/`, { timeoutMs: 300 })).toMatchObject({
      kind: 'failed',
      message: expect.stringMatching(message) as string,
    });
  });

  test.each([
    {
      name: 'a status',
      listener: (_: unknown, response: { writeHead(n: number): { end(): void } }) => response.writeHead(404).end(),
      message: /status 404/,
    },
    {
      name: 'a broken answer',
      listener: (request: { socket: { destroy(): void } }) => request.socket.destroy(),
      message: /broke off/,
    },
  ])('says what went wrong: $name', async ({ listener, message }) => {
    const port = await serve(listener);
    const page = await get(`http://site.test:${port}/`);
    expect(page).toMatchObject({ kind: 'failed', message: expect.stringMatching(message) as string });
  });

  test('says that there is no such host, and that one takes no connection', async () => {
    expect(await get('http://nowhere.test/')).toMatchObject({ message: expect.stringMatching(/no host/) as string });
    const port = await serve(() => undefined);
    servers.splice(0).forEach((server) => server.close());
    expect(await get(`http://site.test:${port}/`)).toMatchObject({ kind: 'failed' });
  });

  test('gives up after its time, and ends by abort', async () => {
    const port = await serve(() => undefined);
    expect(await get(`http://site.test:${port}/`, { timeoutMs: 50 })).toMatchObject({
      message: expect.stringMatching(/took longer/) as string,
    });
    const abort = new AbortController();
    const fetching = fetchPage(new URL(`http://site.test:${port}/`), abort.signal, OPTIONS);
    abort.abort();
    await expect(fetching).rejects.toMatchObject({ name: 'AbortError' });
  });
});

describe('what a page says', () => {
  const url = new URL('https://example.com/docs/page');
  const page = (bytes: Uint8Array, type: string, charset: string | null = null) =>
    pageText({ kind: 'page', url, type, charset, bytes, cut: false }, never);

  test('headings, lists, links and code; nothing of scripts, menus and forms', async () => {
    const html = `<html><head><title> A &amp; B </title><style>x{}</style></head><body><nav><a href="/">Home</a></nav>
      <main><h2>One</h2><p>Some <b>bold</b>
      text, <a href="../x">a link</a> and <a href="javascript:alert(1)">none</a>.</p><ul><li>first<li>second</ul>
      <pre>a
  b</pre><script>steal()</script><table><tr><td>1</td><td>2</td></tr></table>${'<p>word</p>'.repeat(50)}</main>
      <form><button>Buy</button></form><footer>Imprint</footer></body></html>`;
    const { title, text } = await readableText(html, url, never);
    expect(title).toBe('A & B');
    expect(text.split('\n').slice(0, 9)).toEqual(
      [
        '## One',
        'Some bold text, [a link](https://example.com/x) and none.',
        '- first',
        '- second',
        '```',
        'a\n  b',
        '```',
        ' | 1 | 2',
        'word',
      ]
        .join('\n')
        .split('\n')
        .slice(0, 9),
    );
    expect(text).not.toMatch(/steal|Home|Buy|Imprint/);
  });

  test.each([
    { name: 'nested without end', html: '<div>'.repeat(300_000) },
    { name: 'nested and never closed rightly', html: '<div>'.repeat(100_000) + '</p>'.repeat(100_000) },
    { name: 'of open brackets', html: '<'.repeat(500_000) },
    { name: 'one unclosed comment', html: `<!--${'-'.repeat(500_000)}` },
  ])('a page made to be slow is read as far as that goes: $name', async ({ html }) => {
    expect((await readableText(html, url, never)).text).toEqual(expect.any(String));
  });

  test.each([
    { name: 'by its header', bytes: Buffer.from([0xe4]), type: 'text/plain', charset: 'iso-8859-1', text: 'ä' },
    {
      name: 'by its own word',
      bytes: Buffer.concat([Buffer.from('<meta charset="windows-1251"><p>'), Buffer.from([0xc6])]),
      type: 'text/html',
      charset: null,
      text: 'Ж',
    },
    { name: 'by its mark', bytes: Buffer.from([0xff, 0xfe, 0x41, 0]), type: 'text/plain', charset: 'utf-8', text: 'A' },
    { name: 'unknown: as UTF-8', bytes: Buffer.from('ä'), type: 'application/json', charset: 'nonsense', text: 'ä' },
  ])('is decoded $name', async ({ bytes, type, charset, text }) => {
    expect(await page(bytes, type, charset)).toMatchObject({ text });
  });

  test.each([
    { type: 'image/png', bytes: Buffer.from('x'), problem: /image\/png/ },
    { type: 'application/octet-stream', bytes: Buffer.from('x'), problem: /octet-stream/ },
    { type: 'text/plain', bytes: Buffer.from('a\0b'), problem: /no text/ },
  ])('$type that is no text is not read', async ({ type, bytes, problem }) => {
    expect(await page(bytes, type)).toMatchObject({ problem: expect.stringMatching(problem) as string });
  });
});
