import { expect, test } from 'vitest';
import { PERMISSION_MODES } from '../protocol/run.ts';
import { chooseModel, NO_MODEL } from './chooseModel.ts';
import { CommandError } from './commandError.ts';
import { fakeIo } from './io.fake.ts';
import { oneOf, parseFlags, wholeNumber } from './parseFlags.ts';
import { parseRunFlags } from './runFlags.ts';

test.each([
  { argv: ['x.js', '--simulate'], simulate: '', positionals: ['x.js'] },
  { argv: ['--simulate', 'x.js'], simulate: '', positionals: ['x.js'] },
  { argv: ['--simulate', 'rules.json', 'x.js'], simulate: 'rules.json', positionals: ['x.js'] },
  { argv: ['--simulate=rules.json', 'x.js'], simulate: 'rules.json', positionals: ['x.js'] },
  { argv: ['--simulate', '--json', 'x.js'], simulate: '', positionals: ['x.js'] },
  { argv: ['x.js', '--', '--simulate', 'a.json'], simulate: undefined, positionals: ['x.js', '--simulate', 'a.json'] },
])('$argv', ({ argv, simulate, positionals }) => {
  const parsed = parseFlags('run', argv, { simulate: { type: 'string' }, json: { type: 'boolean' } }, ['simulate']);
  expect(parsed.values.simulate).toBe(simulate);
  expect(parsed.positionals).toEqual(positionals);
});

test.each(['0', '257', '1.5', 'many', '', '-1', '1e2'])('--concurrency %s is refused', (text) => {
  expect(() => wholeNumber('concurrency', text, 1, 256)).toThrow(/whole number from 1 to 256/);
});

test('a word that is none of those there are is refused with the list', () => {
  expect(oneOf('permission-mode', 'bypass', PERMISSION_MODES)).toBe('bypass');
  expect(() => oneOf('permission-mode', 'yolo', PERMISSION_MODES)).toThrow(
    /plan, default, acceptEdits, dontAsk, bypass/,
  );
});

test.each([
  { argv: ['x', '--speed', '9'], says: /^Unknown option '--speed'\. See: dwf run --help$/ },
  { argv: ['x', '--args'], says: /'--args <value>' argument missing\. See: dwf run --help$/ },
  { argv: ['x', 'y'], says: /"y" is one too many/ },
  { argv: ['x', '--concurrency', '257'], says: /^--concurrency is .* cores or elastic, not "257"\.$/ },
  { argv: ['x', '--args', '{a'], says: /^--args is not valid JSON: .*For example/ },
  { argv: ['x', '--args', '@nowhere.json'], says: /^--args: there is no file \/repo\/nowhere\.json\.$/ },
  { argv: ['x', '--result-file', '/nowhere/at/all.json'], says: /no folder \/nowhere\/at\.$/ },
  { argv: ['x', '--result-file', '/'], says: /is a folder\.$/ },
])('run $argv is refused in one line', async ({ argv, says }) => {
  const error: unknown = await parseRunFlags(fakeIo(), 'run', argv).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(CommandError);
  expect((error as CommandError).lines).toHaveLength(1);
  expect((error as CommandError).message).toMatch(says);
});

test.each([
  { text: '64', is: 64 },
  { text: 'elastic', is: 'elastic' },
])('W37 --concurrency $text', async ({ text, is }) => {
  const { settings } = await parseRunFlags(fakeIo(), 'run', ['x', '--concurrency', text]);
  expect(settings).toEqual({ concurrency: is });
});

test('X03 --land-unreviewed lets land what no review has approved', async () => {
  const { settings } = await parseRunFlags(fakeIo(), 'run', ['x', '--land-unreviewed']);
  expect(settings).toEqual({ requireReview: false });
});

test('what is not given is not there, so that defaults are the engine’s', async () => {
  const flags = await parseRunFlags(fakeIo(), 'run', ['x', '--args', 'null', '--cwd', 'sub', '-y']);
  expect(flags).toMatchObject({ target: 'x', cwd: '/repo/sub', settings: { args: null }, yes: true });
  expect(Object.keys(flags.settings)).toEqual(['args']);
});

const URL_A = 'http://localhost:1111';
const URL_B = 'http://localhost:2222';
test.each([
  {
    name: 'a key alone',
    env: { ANTHROPIC_API_KEY: 'k' },
    flags: {},
    source: { kind: 'api', apiKey: 'k', baseURL: undefined },
  },
  { name: 'a URL without a key', env: {}, flags: { 'base-url': URL_A }, source: { kind: 'api', baseURL: URL_A } },
  {
    name: 'the flag over the environment',
    env: { ANTHROPIC_BASE_URL: URL_B },
    flags: { 'base-url': URL_A },
    source: { baseURL: URL_A },
  },
  { name: 'the environment’s URL', env: { ANTHROPIC_BASE_URL: URL_B }, flags: {}, source: { baseURL: URL_B } },
  {
    name: '--simulate over a key',
    env: { ANTHROPIC_API_KEY: 'k' },
    flags: { simulate: '' },
    source: { kind: 'simulate' },
  },
  {
    name: 'a simulated run resumed',
    env: { ANTHROPIC_API_KEY: 'k' },
    flags: {},
    record: { kind: 'simulated', rulesText: '[]' },
    source: { kind: 'simulate', rulesText: '[]' },
  },
  {
    name: 'a simulated run resumed with a real model',
    env: {},
    flags: { 'base-url': URL_A },
    record: { kind: 'simulated', rulesText: null },
    source: { kind: 'api', baseURL: URL_A },
  },
  {
    name: 'a run resumed where it was',
    env: { ANTHROPIC_BASE_URL: URL_B },
    flags: {},
    record: { kind: 'api', baseURL: URL_A },
    source: { kind: 'api', baseURL: URL_A },
  },
] as const)('the model of $name', async ({ env, flags, source, ...rest }) => {
  const record = 'record' in rest ? rest.record : undefined;
  expect(await chooseModel(fakeIo({ env }), flags, record)).toMatchObject(source);
});

test.each([
  { flags: {}, says: NO_MODEL },
  { flags: { simulate: '', 'base-url': URL_A }, says: 'exclude each other' },
  { flags: { 'base-url': 'localhost:11434' }, says: 'The base URL is an address' },
  { flags: { simulate: 'nowhere.json' }, says: 'There is no rules file /repo/nowhere.json.' },
])('no model: $says', async ({ flags, says }) => {
  await expect(chooseModel(fakeIo(), flags)).rejects.toThrow(says);
});
