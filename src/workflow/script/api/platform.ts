import type { ApiEntry, ApiMember } from './description.ts';

const line = (name: string, doc: string): ApiMember => ({
  name,
  declaration: `${name}(...values: unknown[]): void`,
  doc,
});
const silent = (name: string): ApiMember => ({
  name,
  declaration: `${name}(label?: string): void`,
  doc: 'Does nothing: there is no clock, and lines are not indented.',
});

/** What is no part of ECMAScript and scripts may expect all the same (W07). */
export const PLATFORM: readonly ApiEntry[] = [
  {
    name: 'console',
    group: 'platform',
    rows: ['W07'],
    signature: 'console.log(...values), .warn(…), .error(…)',
    doc: "Writes to the run's log, as `log()` does.",
    members: [
      ...['log', 'info', 'debug', 'trace', 'dir', 'table', 'group', 'groupCollapsed'].map((name) =>
        line(name, 'As `log()`.'),
      ),
      line('warn', 'As `log()`, shown as a warning.'),
      line('error', 'As `log()`, shown as an error.'),
      {
        name: 'assert',
        declaration: 'assert(condition: unknown, ...values: unknown[]): void',
        doc: 'Shows an error when the condition does not hold.',
      },
      {
        name: 'count',
        declaration: 'count(label?: string): void',
        doc: 'Shows how often it was called with this label.',
      },
      { name: 'countReset', declaration: 'countReset(label?: string): void', doc: 'Counts that label from 0 again.' },
      ...['groupEnd', 'time', 'timeEnd', 'timeLog'].map(silent),
    ],
  },
  {
    name: 'setTimeout',
    group: 'platform',
    rows: ['W07'],
    signature: 'setTimeout(callback, ms, ...values): number',
    declarations: ['function setTimeout(callback: (...values: any[]) => void, ms?: number, ...values: any[]): number'],
    doc: 'Calls back after a delay in milliseconds, also while the run is paused.',
    examples: ['await new Promise((wake) => setTimeout(wake, 1000));'],
  },
  {
    name: 'clearTimeout',
    group: 'platform',
    rows: ['W07'],
    signature: 'clearTimeout(id): void',
    declarations: ['function clearTimeout(id: number | undefined): void'],
    doc: 'Takes back a `setTimeout()`.',
  },
  {
    name: 'queueMicrotask',
    group: 'platform',
    rows: ['W07'],
    signature: 'queueMicrotask(callback): void',
    declarations: ['function queueMicrotask(callback: () => void): void'],
    doc: 'Calls back as soon as the code that runs now has ended.',
  },
  {
    name: 'structuredClone',
    group: 'platform',
    rows: ['W07'],
    signature: 'structuredClone(value): copy',
    declarations: ['function structuredClone<T>(value: T): T'],
    doc: 'A deep copy of plain data, dates, maps, sets, errors and typed arrays.',
    errors: ['A `DataCloneError` for functions, symbols and what else has no copy.'],
  },
  {
    name: 'URL',
    group: 'platform',
    rows: ['W07'],
    signature: 'new URL(text, base?)',
    declarations: [
      `class URL {
  constructor(url: string | URL, base?: string | URL);
  static canParse(url: string | URL, base?: string | URL): boolean;
  static parse(url: string | URL, base?: string | URL): URL | null;
  hash: string;
  readonly host: string;
  hostname: string;
  href: string;
  readonly origin: string;
  readonly password: string;
  pathname: string;
  port: string;
  protocol: string;
  search: string;
  readonly searchParams: URLSearchParams;
  readonly username: string;
  toJSON(): string;
  toString(): string;
}`,
    ],
    doc: 'Takes addresses apart, as in browsers, without international host names.',
    errors: ['A `TypeError` for a text that is no address.'],
  },
  {
    name: 'URLSearchParams',
    group: 'platform',
    rows: ['W07'],
    signature: 'new URLSearchParams(init?)',
    declarations: [
      `class URLSearchParams implements Iterable<[string, string]> {
  constructor(init?: string | Record<string, string> | Iterable<readonly [string, string]>);
  readonly size: number;
  append(name: string, value: string): void;
  delete(name: string): void;
  get(name: string): string | null;
  getAll(name: string): string[];
  has(name: string): boolean;
  set(name: string, value: string): void;
  sort(): void;
  forEach(callback: (value: string, name: string, params: URLSearchParams) => void): void;
  keys(): IterableIterator<string>;
  values(): IterableIterator<string>;
  entries(): IterableIterator<[string, string]>;
  [Symbol.iterator](): IterableIterator<[string, string]>;
  toString(): string;
}`,
    ],
    doc: 'The query of an address, as in browsers.',
  },
  {
    name: 'Array.fromAsync',
    group: 'platform',
    rows: ['W07'],
    signature: 'Array.fromAsync(items, map?): Promise<array>',
    types: `interface ArrayConstructor {
  /** An array of what an async iterable, an iterable or an array-like gives. */
  fromAsync<T>(items: AsyncIterable<T> | Iterable<T | PromiseLike<T>> | ArrayLike<T | PromiseLike<T>>): Promise<T[]>;
  fromAsync<T, U>(
    items: AsyncIterable<T> | Iterable<T> | ArrayLike<T>,
    map: (value: Awaited<T>, index: number) => U,
  ): Promise<Awaited<U>[]>;
}`,
    declarations: [],
    doc: 'An array of what an async iterable, an iterable or an array-like gives. Scripts have it though it came after ECMAScript 2023.',
  },
];
