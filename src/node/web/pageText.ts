import type { FetchedPage } from './fetchPage.ts';
import { readableText } from './readableText.ts';

type Page = Extract<FetchedPage, { kind: 'page' }>;

export type PageText = { readonly title: string; readonly text: string } | { readonly problem: string };

const HTML = /^(?:text\/html|application\/xhtml\+xml)$/;
const TEXT = /^(?:text\/.*|application\/(?:.*\+)?(?:json|xml|yaml|x-yaml|javascript|x-ndjson|toml))$/;
/** Where a page says its own encoding. */
const META = /<meta[^>]{0,200}?charset\s*=\s*["']?([\w-]{1,40})/i;
const META_BYTES = 2_048;

/** What of a page can be read by somebody who reads text. */
export async function pageText(page: Page, signal: AbortSignal): Promise<PageText> {
  const { bytes, url, charset } = page;
  const type = page.type === '' ? 'text/plain' : page.type;
  const isHtml = HTML.test(type);
  if (!isHtml && !TEXT.test(type))
    return { problem: `${url.href} is ${type.slice(0, 100)}, and WebFetch reads text alone.` };
  const head = Buffer.from(bytes.subarray(0, META_BYTES)).toString('latin1');
  const text = decoded(bytes, charset ?? (isHtml ? (META.exec(head)?.[1] ?? null) : null));
  if (text.includes('\0')) return { problem: `${url.href} is no text.` };
  return isHtml ? readableText(text, url, signal) : { title: '', text };
}

/** A byte order mark wins over what is said; what is said and unknown counts as UTF-8. */
function decoded(bytes: Uint8Array, charset: string | null): string {
  const marked =
    bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : null;
  try {
    return new TextDecoder(marked ?? charset ?? 'utf-8').decode(bytes);
  } catch {
    return new TextDecoder().decode(bytes);
  }
}
