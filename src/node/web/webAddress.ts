import { isIP } from 'node:net';

export type WebAddress = { readonly url: URL } | { readonly problem: string };

const MAX_CHARS = 4_000;

/** Names that stand for this machine or its own network by whatever way they are resolved. */
const LOCAL = /(?:^|\.)(?:localhost|local|localdomain|internal|intranet|lan|home|corp|home\.arpa)$/;

/** A model's or a page's address as one that may be asked for; what it is resolved to is another matter. */
export function webAddress(text: string, isAllowed: (address: string) => boolean, base?: URL): WebAddress {
  const url = text.length > MAX_CHARS ? null : URL.parse(text.trim(), base?.href);
  if (url === null) return { problem: 'That is no web address. Give a whole one: https://example.com/page.' };
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    return { problem: `WebFetch takes addresses with https: or http: alone, not ${url.protocol.slice(0, 30)}` };
  if (url.username !== '' || url.password !== '')
    return { problem: 'An address with a user name or a password in it is not sent. Give it without.' };
  const host = url.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
  const literal = isIP(host) !== 0;
  if (literal ? !isAllowed(host) : LOCAL.test(host) || !host.includes('.')) return { problem: closedTo(host) };
  url.hash = '';
  return { url };
}

export function closedTo(host: string): string {
  return `${host} is this machine or a private network, where WebFetch does not go. Use a command if you are allowed to, or go on without it.`;
}
