import { throwIfAborted } from '../../base/abort.ts';

/** What a page says to a reader. */
export interface ReadablePage {
  readonly title: string;
  readonly text: string;
}

/** What nobody reads, or what stands on every page of a site. */
const SKIPPED = new Set([
  'script',
  'style',
  'noscript',
  'template',
  'svg',
  'iframe',
  'object',
  'nav',
  'aside',
  'footer',
  'form',
  'button',
  'select',
  'dialog',
]);
const BLOCKS = new Set([
  'p',
  'div',
  'section',
  'article',
  'main',
  'header',
  'ul',
  'ol',
  'dl',
  'dt',
  'dd',
  'table',
  'tr',
  'blockquote',
  'pre',
  'figure',
  'figcaption',
  'hr',
  'details',
  'summary',
  'h1',
  'h2',
  'h3',
  'h4',
  'h5',
  'h6',
  'li',
  'br',
  'body',
]);
const MAIN = new Set(['main', 'article']);
/** Deeper, the parser's time grows with the square of the page; no page for readers is. */
const MAX_DEPTH = 400;
const CHUNK_CHARS = 16_384;
/** With less in it, the main part of a page is not what a reader came for. */
const LEAST_MAIN_CHARS = 200;

/** The text of an HTML page, with headings, lists, links and code as Markdown has them. Rejects with AbortError on abort. */
export async function readableText(html: string, url: URL, signal: AbortSignal): Promise<ReadablePage> {
  const { Parser } = await import('htmlparser2');
  const page = new PageText(url);
  const parser = new Parser(
    {
      onopentag: (name, attributes) => page.open(name, attributes),
      ontext: (text) => page.write(text),
      onclosetag: (name) => page.close(name),
    },
    { decodeEntities: true, lowerCaseTags: true },
  );
  for (let at = 0; at < html.length && page.depth < MAX_DEPTH; at += CHUNK_CHARS) {
    parser.write(html.slice(at, at + CHUNK_CHARS));
    // A long page must not hold up whatever else this process does.
    await new Promise((resolve) => setImmediate(resolve));
    throwIfAborted(signal);
  }
  return page.read();
}

/** Collects what a parser sees, all of it and the main part by itself. */
class PageText {
  readonly #url: URL;
  readonly #all = new Lines();
  readonly #main = new Lines();
  #title = '';
  #inTitle = false;
  #skipped = 0;
  #mainDepth = 0;
  #pre = 0;
  #links: (string | null)[] = [];
  depth = 0;

  constructor(url: URL) {
    this.#url = url;
  }

  open(name: string, attributes: Readonly<Record<string, string>>): void {
    this.depth += 1;
    if (name === 'title') this.#inTitle = true;
    if (SKIPPED.has(name) || this.#skipped > 0) this.#skipped += 1;
    if (this.#skipped > 0) return;
    if (MAIN.has(name)) this.#mainDepth += 1;
    if (BLOCKS.has(name)) this.#break();
    if (name === 'pre') {
      this.#pre += 1;
      this.#say('```');
      this.#break();
    }
    if (/^h[1-6]$/.test(name)) this.#say(`${'#'.repeat(Number(name[1]))} `);
    if (name === 'li') this.#say('- ');
    if (name === 'td' || name === 'th') this.#say(' | ');
    if (name === 'a') {
      this.#links.push(this.#target(attributes['href']));
      if (this.#links.at(-1) !== null) this.#say('[');
    }
    if (name === 'img' && attributes['alt']) this.write(` ${attributes['alt']} `);
  }

  write(text: string): void {
    if (this.#inTitle) this.#title += text;
    else if (this.#skipped === 0) this.#say(this.#pre > 0 ? text : text.replace(/\s+/g, ' '));
  }

  close(name: string): void {
    this.depth -= 1;
    if (name === 'title') this.#inTitle = false;
    if (this.#skipped > 0) {
      this.#skipped -= 1;
      return;
    }
    if (name === 'a') {
      const link = this.#links.pop();
      if (link) this.#say(`](${link})`);
    }
    if (name === 'pre') {
      this.#pre = Math.max(0, this.#pre - 1);
      this.#break();
      this.#say('```');
    }
    if (BLOCKS.has(name)) this.#break();
    if (MAIN.has(name)) this.#mainDepth = Math.max(0, this.#mainDepth - 1);
  }

  read(): ReadablePage {
    const main = this.#main.text();
    return {
      title: this.#title.replace(/\s+/g, ' ').trim(),
      text: main.length >= LEAST_MAIN_CHARS ? main : this.#all.text(),
    };
  }

  #say(text: string): void {
    this.#all.add(text);
    if (this.#mainDepth > 0) this.#main.add(text);
  }

  #break(): void {
    this.#all.end();
    if (this.#mainDepth > 0) this.#main.end();
  }

  /** Null: it leads nowhere else. */
  #target(href: string | undefined): string | null {
    const url = href === undefined || href.startsWith('#') ? null : URL.parse(href, this.#url.href);
    return url?.protocol === 'https:' || url?.protocol === 'http:' ? url.href : null;
  }
}

class Lines {
  readonly #lines: string[] = [];
  #line = '';

  add(text: string): void {
    this.#line += this.#line === '' && text === ' ' ? '' : text;
  }

  end(): void {
    if (this.#line.trim() !== '') this.#lines.push(this.#line.trimEnd());
    this.#line = '';
  }

  text(): string {
    this.end();
    return this.#lines.join('\n');
  }
}
