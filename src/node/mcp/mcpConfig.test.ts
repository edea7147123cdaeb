import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { describeServer, readMcpConfig, type McpConfig } from './mcpConfig.ts';

let cwd: string;
let home: string;
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'dynamic-workflows-mcp-config-'));
  home = join(cwd, 'person');
  await mkdir(join(cwd, '.claude'), { recursive: true });
  await mkdir(home);
});
afterEach(() => rm(cwd, { recursive: true, force: true }));

const put = (path: string, value: unknown): Promise<void> =>
  writeFile(path, typeof value === 'string' ? value : JSON.stringify(value));

const read = (setting?: unknown): Promise<McpConfig> =>
  readMcpConfig({ cwd, home, environment: { CITY_KEY: 'key-123', HOST: 'example.com' }, setting });

test('no file is no server', async () => {
  expect(await read()).toEqual({ servers: [], warnings: [] });
});

test('servers of project and person are told by name, what they run or reach, and what they are given', async () => {
  await put(join(cwd, '.mcp.json'), {
    mcpServers: {
      weather: { type: 'http', url: 'https://${HOST}/mcp?key=${CITY_KEY}', headers: { 'X-Key': '${CITY_KEY}' } },
      files: { command: 'npx', args: ['-y', 'files'], timeout: 5_000 },
    },
  });
  await put(join(home, '.claude.json'), {
    numStartups: 7,
    mcpServers: { mine: { command: 'mine' } },
    projects: {
      [cwd]: { mcpServers: { here: { command: 'here' } } },
      '/other': { mcpServers: { there: { command: 'x' } } },
    },
  });
  const { servers, warnings } = await read({ 'my editor': { command: 'ed' } });
  expect(warnings).toEqual([]);
  expect(servers.map(describeServer)).toEqual([
    'files (npx)',
    'here (here)',
    'mine (mine)',
    'my_editor (ed)',
    'weather (example.com, gets CITY_KEY)',
  ]);
  expect(servers[0]).toMatchObject({ transport: { args: ['-y', 'files'], env: {} }, timeoutMs: 5_000, secrets: [] });
  expect(servers[4]).toMatchObject({ transport: { headers: { 'X-Key': 'key-123' } }, secrets: ['key-123'] });
});

test('a name of the person is never taken by the project', async () => {
  await put(join(cwd, '.mcp.json'), { mcpServers: { db: { command: 'theirs' } } });
  await put(join(home, '.claude.json'), { mcpServers: { db: { command: 'mine' } } });
  const { servers, warnings } = await read();
  expect(servers.map(describeServer)).toEqual(['db (mine)']);
  expect(warnings).toEqual([expect.stringContaining('.mcp.json: the MCP server "db" has the name of another')]);
});

test('a link of the project to a device is not read, nor a file of more than 1 MiB; the person’s may be larger', async () => {
  const large = (command: string) =>
    JSON.stringify({ mcpServers: { [command]: { command } }, x: 'x'.repeat(1024 * 1024) });
  await put(join(home, '.claude.json'), large('mine'));
  await put(join(cwd, '.mcp.json'), large('theirs'));
  const first = await read();
  expect(first.servers.map(({ name }) => name)).toEqual(['mine']);
  expect(first.warnings).toEqual([expect.stringContaining('.mcp.json is larger than 1024 KiB')]);
  await rm(join(cwd, '.mcp.json'));
  await symlink('/dev/null', join(cwd, '.mcp.json'));
  expect((await read()).warnings).toEqual([expect.stringContaining('.mcp.json is no regular file')]);
});

test('settings can turn a server of the project off, and it can itself', async () => {
  await put(join(cwd, '.mcp.json'), {
    mcpServers: { a: { command: 'a' }, b: { command: 'b' }, c: { command: 'c', disabled: true } },
  });
  await put(join(cwd, '.claude', 'settings.local.json'), { disabledMcpjsonServers: ['a'] });
  expect((await read()).servers.map(({ name }) => name)).toEqual(['b']);
});

test.each([
  { name: 'no command', server: {}, says: 'is neither {command, args, env} nor' },
  { name: 'a transport of old', server: { type: 'sse', url: 'https://x' }, says: 'is neither' },
  { name: 'arguments that are no texts', server: { command: 'x', args: [1] }, says: 'is neither' },
  { name: 'a variable that is not set', server: { command: '${NOT_SET}' }, says: 'needs NOT_SET' },
  {
    name: 'a key of the program',
    server: { type: 'http', url: 'https://${ANTHROPIC_API_KEY}' },
    says: 'needs ANTHROPIC',
  },
  { name: 'a file for an address', server: { type: 'http', url: 'file:///etc/passwd' }, says: 'has no http address' },
])('a server with $name is left out and named', async ({ server, says }) => {
  await put(join(cwd, '.mcp.json'), { mcpServers: { bad: server, good: { command: 'good' } } });
  const { servers, warnings } = await read();
  expect(servers.map(({ name }) => name)).toEqual(['good']);
  expect(warnings).toEqual([expect.stringContaining(`the MCP server "bad" ${says}`)]);
});

test.each([
  { key: '../x', name: 'x' },
  { key: 'a__b', name: 'a_b' },
  { key: '_a_', name: 'a' },
  { key: 'Zürich\n', name: 'Z_rich' },
  { key: '__proto__x', name: 'proto_x' },
  { key: 'a'.repeat(100), name: 'a'.repeat(40) },
])('the name $key becomes $name, which ends where its tools begin', async ({ key, name }) => {
  await put(join(cwd, '.mcp.json'), { mcpServers: { [key]: { command: 'x' } } });
  expect((await read()).servers.map((server) => server.name)).toEqual([name]);
});

test.each([
  { text: '{', says: 'is not valid JSON' },
  { text: '{"mcpServers": 7}', says: 'is not {"mcpServers": {…}}' },
])('a file $text is one warning', async ({ text, says }) => {
  await put(join(cwd, '.mcp.json'), text);
  expect(await read()).toEqual({ servers: [], warnings: [expect.stringContaining(says)] });
});
