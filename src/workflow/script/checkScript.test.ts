import { expect, test } from 'vitest';
import type { CheckedScript, Diagnostic } from './check.ts';
import { checkScript } from './checkScript.ts';
import { MAX_SCRIPT_BYTES } from './sourceText.ts';

const META = "export const meta = { name: 'n', description: 'd' };\n";

function errorsOf(source: string | Uint8Array, fileName = 'a.js'): readonly string[] {
  const result = checkScript(source, fileName);
  return result.ok ? [] : result.errors.map(short);
}

function accepted(source: string | Uint8Array): CheckedScript {
  const result = checkScript(source, 'a.js');
  if (!result.ok) throw new Error(result.errors.map((error) => error.message).join('\n'));
  return result.script;
}

function short({ line, column, code }: Diagnostic): string {
  return `${line}:${column} ${code}`;
}

test('W01 a BOM and CRLF are accepted, and lines hold', () => {
  const script = accepted(`\uFEFF// first\r\nexport const meta = {\r\n  name: 'n',\r\n};\r\nreturn 1`);
  expect(script.source.startsWith('// first')).toBe(true);
  expect(script.body.split('\r\n')).toEqual(['// first', ' '.repeat(21), ' '.repeat(12), '  ', 'return 1']);
});

test('W01 bytes are read as UTF-8', () => {
  const text = `${META}return 'grün 😀'`;
  expect(accepted(Buffer.from(`\uFEFF${text}`)).source).toBe(text);
});

test('W01 a hashbang line is blanked', () => {
  expect(accepted(`#!/usr/bin/env dwf\n${META}return 1`).body.startsWith(' '.repeat(18))).toBe(true);
});

test.each([
  {
    name: 'invalid UTF-8 names its line',
    source: Buffer.from([0x2f, 0x2f, 0x0a, 0xc3, 0x28]),
    errors: ['2:1 W01-encoding'],
  },
  { name: 'an overlong encoding is invalid', source: Buffer.from([0xc0, 0xaf]), errors: ['1:1 W01-encoding'] },
  { name: 'a byte above 512 KiB is refused', source: Buffer.alloc(MAX_SCRIPT_BYTES + 1, 32), errors: ['1:1 W01-size'] },
  {
    name: 'characters count by their bytes',
    source: `//${'€'.repeat(MAX_SCRIPT_BYTES / 3 + 1)}`,
    errors: ['1:1 W01-size'],
  },
  { name: 'an empty file has no meta', source: '', errors: ['1:1 W02-meta-missing'] },
])('W01 $name', ({ source, errors }) => expect(errorsOf(source)).toEqual(errors));

test('W01 exactly 512 KiB is accepted', () => {
  expect(errorsOf(META + ' '.repeat(MAX_SCRIPT_BYTES - META.length))).toEqual([]);
});

test.each([
  { fileName: 'a.js', errors: [] },
  { fileName: 'dir.ts/a.mjs', errors: [] },
  { fileName: 'a.ts', errors: ['1:1 W01-extension'] },
  { fileName: 'a', errors: ['1:1 W01-extension'] },
])('W01 the file name $fileName', ({ fileName, errors }) => expect(errorsOf(META, fileName)).toEqual(errors));

test('W02 comments come first, every kind of literal is read, and the text of meta is blanked in place', () => {
  const source = [
    '/* a */ // b',
    "export const meta = { 'name': `n`, description: 'd', whenToUse: 'w', phases: [{ title: 't', detail: 'x', model: 'm', caps: { usd: 2.5, agents: 3 } }],",
    '  args: { type: "object", minimum: -1.5, nullable: true, default: null, enum: [[], {}], 3: "three" } }; return 1',
  ].join('\n');
  const script = accepted(source);
  expect(script.meta).toEqual({
    name: 'n',
    description: 'd',
    whenToUse: 'w',
    phases: [{ title: 't', detail: 'x', model: 'm', caps: { usd: 2.5, agents: 3 } }],
    args: { type: 'object', minimum: -1.5, nullable: true, default: null, enum: [[], {}], 3: 'three' },
  });
  expect(script.warnings).toEqual([]);
  expect(script.body).toHaveLength(source.length);
  expect(script.body.split('\n')[0]).toBe('/* a */ // b');
  expect(script.body.split('\n')[1]?.trim()).toBe('');
  expect(script.body.indexOf('return 1')).toBe(source.indexOf('return 1'));
  expect(script.body).not.toContain('three');
});

test.each([
  { name: 'a variable', meta: '{ name: N }', errors: ['1:29 W02-meta-literal'] },
  { name: 'undefined', meta: '{ name: undefined }', errors: ['1:29 W02-meta-literal'] },
  { name: 'a call', meta: '{ name: f() }', errors: ['1:29 W02-meta-literal'] },
  { name: 'a spread', meta: "{ name: 'n', ...rest }", errors: ['1:34 W02-meta-literal'] },
  { name: 'a spread in a list', meta: "{ name: 'n', phases: [...p] }", errors: ['1:43 W02-meta-literal'] },
  { name: 'a computed key', meta: "{ ['name']: 'n', name: 'n' }", errors: ['1:23 W02-meta-literal'] },
  { name: 'interpolation', meta: '{ name: `n${1}` }', errors: ['1:29 W02-meta-literal'] },
  { name: 'a method', meta: "{ name: 'n', run() {} }", errors: ['1:34 W02-meta-literal'] },
  { name: 'a getter', meta: "{ name: 'n', get x() { return 1 } }", errors: ['1:34 W02-meta-literal'] },
  { name: 'a shorthand', meta: "{ name: 'n', description }", errors: ['1:34 W02-meta-literal'] },
  { name: 'a regular expression', meta: '{ name: /n/ }', errors: ['1:29 W02-meta-literal'] },
  { name: 'a BigInt', meta: "{ name: 'n', args: { n: 1n } }", errors: ['1:45 W02-meta-literal'] },
  { name: 'an array with a hole', meta: "{ name: 'n', phases: [,] }", errors: ['1:42 W02-meta-literal'] },
  { name: 'arithmetic', meta: "{ name: 'a' + 'b' }", errors: ['1:29 W02-meta-literal'] },
  { name: 'no object', meta: "'n'", errors: ['1:21 W02-meta-literal'] },
  { name: 'a name beside it', meta: "{ name: 'n' }, other = 1", errors: ['1:36 W02-meta-alone'] },
])('W02 $name in meta is refused with its place', ({ meta, errors }) =>
  expect(errorsOf(`export const meta = ${meta};\nreturn 1`)).toEqual(errors),
);

test.each([
  { source: 'return 1', errors: ['1:1 W02-meta-first'] },
  { source: `const x = 1;\n${META}`, errors: ['1:1 W02-meta-first'] },
  { source: "const meta = { name: 'n' };", errors: ['1:1 W02-meta-export'] },
  { source: "export let meta = { name: 'n' };", errors: ['1:8 W02-meta-const'] },
  { source: "export default { name: 'n' };", errors: ['1:1 W02-meta-first', '1:1 W05-export'] },
])('W02 $source is refused', ({ source, errors }) => expect(errorsOf(source)).toEqual(errors));

test.each([
  { meta: '{}', errors: ['1:21 W03-name'] },
  { meta: "{ name: '  ' }", errors: ['1:29 W03-name'] },
  { meta: '{ name: 1 }', errors: ['1:29 W03-name'] },
  { meta: "{ name: 'n', description: 2 }", errors: ['1:47 W03-description'] },
  { meta: "{ name: 'n', whenToUse: [] }", errors: ['1:45 W03-whenToUse'] },
  { meta: "{ name: 'n', phases: 'p' }", errors: ['1:42 W03-phases'] },
  { meta: "{ name: 'n', phases: ['p'] }", errors: ['1:43 W03-phases'] },
  { meta: "{ name: 'n', phases: [{ detail: 'x' }] }", errors: ['1:43 W03-phases'] },
  { meta: "{ name: 'n', phases: [{ title: 3 }] }", errors: ['1:52 W03-phases'] },
  { meta: "{ name: 'n', phases: [{ title: 't', caps: 5 }] }", errors: ['1:63 W03-phases'] },
  { meta: "{ name: 'n', phases: [{ title: 't', caps: { agents: 1.5 } }] }", errors: ['1:63 W03-phases'] },
  { meta: "{ name: 'n', phases: [{ title: 't', caps: { usd: 0 } }] }", errors: ['1:63 W03-phases'] },
  { meta: "{ name: 'n', phases: [{ title: 't', caps: { minutes: n } }] }", errors: ['1:74 W02-meta-literal'] },
  { meta: "{ name: 'n', args: [] }", errors: ['1:40 W03-args'] },
  {
    meta: '{ name: 1, description: 2, phases: 3 }',
    errors: ['1:29 W03-name', '1:45 W03-description', '1:56 W03-phases'],
  },
])('W03 $meta is refused, all errors at once', ({ meta, errors }) =>
  expect(errorsOf(`export const meta = ${meta};`)).toEqual(errors),
);

test.each([
  { meta: "{ name: 'n' }", warnings: ['1:21 W03-description'] },
  { meta: "{ name: 'n', description: 'd', model: 'x' }", warnings: ['1:52 W03-unknown-key'] },
  { meta: "{ name: 'n', description: 'd', phases: [{ title: 't', agents: 3 }] }", warnings: ['1:75 W03-unknown-key'] },
  {
    meta: "{ name: 'n', description: 'd', phases: [{ title: 't', caps: { tokens: 3 } }] }",
    warnings: ['1:75 W03-unknown-key'],
  },
])('W03 $meta is accepted with a warning', ({ meta, warnings }) => {
  const script = accepted(`export const meta = ${meta};`);
  expect(script.warnings.map(short)).toEqual(warnings);
  expect(script.meta.name).toBe('n');
});

test.each([
  'await agent("x")',
  'for await (const x of []) ;',
  'if (args) return 1; return await Promise.all([])',
  'const { a, ...b } = {}; a?.b ?? (a ||= 1); class A { #x = 1; static { } }',
  'return /(?<year>\\d{4})/v.exec("2024")',
  '// the last line is a comment',
])('W04 the body is that of an async function: %s', (body) => expect(errorsOf(META + body)).toEqual([]));

test.each([
  { body: 'const x = ;', errors: ['2:11 W04-syntax'] },
  { body: 'f(', errors: ['2:3 W04-syntax'] },
  { body: 'let a; let a;', errors: ['2:12 W04-syntax'] },
  { body: 'with (a) {}', errors: ['2:1 W04-syntax'] },
  { body: '}', errors: ['2:1 W04-syntax'] },
])('W04 $body is a syntax error with its place', ({ body, errors }) => expect(errorsOf(META + body)).toEqual(errors));

test("W02 'use strict' may stand before meta, for scripts are strict", () => {
  expect(errorsOf(`'use strict';\n${META}return 1`)).toEqual([]);
});

test('W04 nesting without end is an error, not a crash', () => {
  const result = checkScript(META + '['.repeat(200_000), 'a.js');
  expect(result.ok ? [] : result.errors.map(({ message }) => message)).toEqual([
    'The script is nested too deeply to be read: make it flatter.',
  ]);
});

test.each([
  { body: "import fs from 'fs'", errors: ['2:1 W05-import'] },
  { body: "if (1) { import x from 'x' }", errors: ['2:10 W05-import'] },
  { body: "await import('fs')", errors: ['2:7 W05-import'] },
  { body: 'log(import.meta.url)', errors: ['2:5 W05-import'] },
  { body: "const fs = require('fs')", errors: ['2:12 W05-require'] },
  { body: 'export const x = 1', errors: ['2:1 W05-export'] },
  { body: 'export default 1', errors: ['2:1 W05-export'] },
  { body: "export * from 'x'", errors: ['2:1 W05-export'] },
  {
    body: "import('a');\n  import('b'); require('c')",
    errors: ['2:1 W05-import', '3:3 W05-import', '3:16 W05-require'],
  },
])('W05 $body is refused with its place', ({ body, errors }) => expect(errorsOf(META + body)).toEqual(errors));

test.each([
  '// import x from "y"; export const z = require("a")',
  '/* interface A { b: string } */',
  "return \"import('x'); require('y')\"",
  'return `export const a = ${"import"} : string`',
  'return /import\\(|require\\(/.test("x")',
  'const o = { import: 1, require: 2, as: 3, type: 4 }; return o.require + o.import',
  'const type = 1, as = 2, of = type; return as',
  'function require(x) { return x } return require("x")',
  'return typeof require',
  'return function () { return new.target }',
])('W05 the same words are fine where they are no modules: %s', (body) => expect(errorsOf(META + body)).toEqual([]));

test.each([
  { body: 'const x: string = 1', place: '2:8', kind: 'a type annotation' },
  { body: 'function f(a: number) {}', place: '2:13', kind: 'a type annotation' },
  { body: 'const f = (a): number => 1', place: '2:14', kind: 'a type annotation' },
  { body: 'class A { x: string = 1 }', place: '2:12', kind: 'a type annotation' },
  { body: 'function f(a?: number) {}', place: '2:13', kind: 'an optional parameter' },
  { body: 'interface A { b: string }', place: '2:1', kind: 'an interface' },
  { body: 'export interface A { b: string }', place: '2:8', kind: 'an interface' },
  { body: 'enum A { B }', place: '2:1', kind: 'an enum' },
  { body: 'type A = string', place: '2:6', kind: 'a type' },
  { body: 'export type A = string', place: '2:8', kind: 'a type' },
  { body: 'const a = b as string', place: '2:13', kind: '`as`' },
  { body: 'const a = { b: 1 } satisfies C', place: '2:20', kind: '`satisfies`' },
  { body: 'import type { A } from "b"', place: '2:13', kind: '`import type`' },
  { body: 'function f<T>(a) {}', place: '2:11', kind: 'a type parameter' },
  { body: 'class A { private x = 1 }', place: '2:19', kind: 'a modifier' },
  { body: 'class A implements B {}', place: '2:9', kind: '`implements`' },
  { body: 'declare const x', place: '2:9', kind: 'a declaration' },
  { body: 'return x!.y', place: '2:9', kind: '`!`' },
  { body: 'let x!: string', place: '2:6', kind: '`!`' },
  { body: "return agent<string>('x')", place: '2:13', kind: 'a type argument' },
  { body: "return await agent<string>('x')", place: '2:19', kind: 'a type argument' },
  { body: "return await agent<Array<string>>('x')", place: '2:19', kind: 'a type argument' },
  { body: "return agent<{ a: string }>('x')", place: '2:13', kind: 'a type argument' },
  { body: "return agent<string[]>('x')", place: '2:13', kind: 'a type argument' },
  { body: 'return parallel<F>([].map((x) => () => x))', place: '2:16', kind: 'a type argument' },
  { body: 'const s = new Set<string>()', place: '2:18', kind: 'a type argument' },
  { body: 'const s = new Map<string, number>()', place: '2:18', kind: 'a type argument' },
  { body: 'function run({ file }: Opts) {}', place: '2:22', kind: 'a type annotation' },
  { body: 'const f = ({ file }: Opts) => 1', place: '2:20', kind: 'a type annotation' },
  { body: 'const { x }: { x: string } = args', place: '2:12', kind: 'a type annotation' },
  { body: 'function f(a, b?) {}', place: '2:16', kind: 'an optional parameter' },
  { body: 'const f = (a, b?) => 1', place: '2:17', kind: 'an optional parameter' },
  { body: 'f(a, b?)', place: '2:8', kind: 'an optional parameter' },
  { body: 'const f = <T,>(a) => a', place: '2:11', kind: 'a type parameter' },
  { body: 'const f = <T extends object>(a) => a', place: '2:11', kind: 'a type parameter' },
  { body: 'async function* f<T>(a) {}', place: '2:18', kind: 'a type parameter' },
  { body: 'function f(this: Foo) {}', place: '2:12', kind: 'a type annotation' },
  { body: "class Foo {}; return agent<Foo>('x')", place: '2:27', kind: 'a type argument' },
  { body: "const a = <string>await agent('x')", place: '2:11', kind: 'a type before a value' },
])('W05 TypeScript is named: $body', ({ body, place, kind }) => {
  const result = checkScript(META + body, 'a.js');
  const found = result.ok ? [] : result.errors.map((error) => `${short(error)} ${error.message}`);
  const message = `This looks like TypeScript (${kind}): a workflow script is plain JavaScript, remove the types.`;
  expect(found).toEqual([`${place} W05-typescript ${message}`]);
});

test.each([
  { body: "return await agent('x', label: 'y')", place: '2:30' },
  { body: "return await agent(\n  `x (y)`,\n  label: 'y',\n)", place: '4:8' },
  { body: 'return await patterns.tournament(list, judge: f)', place: '2:45' },
])('W04 options without braces are named: $body', ({ body, place }) => {
  const result = checkScript(META + body, 'a.js');
  const found = result.ok ? [] : result.errors.map((error) => `${short(error)} ${error.message}`);
  expect(found).toEqual([expect.stringMatching(`^${place} W04-syntax Options stand in braces: write `)]);
});

test('W05 two comparisons are no type argument', () => {
  expect(errorsOf(`${META}return a < b > (c) || (a < b) > (c)`)).toEqual([]);
  expect(errorsOf(`${META}let i = 0, n = 2; const x = 1; return i<n>(x)`)).toEqual([]);
});

test('W05 a plain mistake is not called TypeScript', () => {
  expect(errorsOf(`${META}return a ? b : c : d`)).toEqual(['2:18 W04-syntax']);
});
