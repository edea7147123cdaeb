import { expect, test } from 'vitest';
import { FakeMcpServers } from './mcpPort.fake.ts';
import { mcpToolsFor, type McpWanted } from './mcpTools.ts';

const never = new AbortController().signal;

const DB = ['mcp__db__read', 'mcp__db__write'];
const DB2 = ['mcp__db-2__read', 'mcp__db-2__write'];

test.each<{ name: string; wanted: McpWanted; tools: readonly string[]; started: readonly string[] }>([
  { name: 'all, when nothing is said', wanted: {}, tools: [...DB, ...DB2], started: ['db', 'db-2'] },
  { name: 'none, when other tools are named', wanted: { tools: ['Read', 'Bash'] }, tools: [], started: [] },
  { name: 'a server by its name', wanted: { tools: ['Read', 'mcp__db'] }, tools: DB, started: ['db'] },
  { name: 'a server by its name and a star', wanted: { tools: ['mcp__db__*'] }, tools: DB, started: ['db'] },
  { name: 'one tool', wanted: { tools: ['mcp__db-2__read'] }, tools: ['mcp__db-2__read'], started: ['db-2'] },
  {
    name: 'all but one tool',
    wanted: { disallowedTools: ['mcp__db__write'] },
    tools: ['mcp__db__read', ...DB2],
    started: ['db', 'db-2'],
  },
  {
    name: 'all but a server, which is not started',
    wanted: { disallowedTools: ['mcp__db'] },
    tools: DB2,
    started: ['db-2'],
  },
  { name: 'the servers of its type', wanted: { mcpServers: ['db'] }, tools: DB, started: ['db'] },
  { name: 'none, when its type has none', wanted: { mcpServers: [] }, tools: [], started: [] },
])('$name', async ({ wanted, tools, started }) => {
  const known = new FakeMcpServers({ db: ['read', 'write'], 'db-2': ['read', 'write'] });
  expect((await mcpToolsFor(known, wanted, never)).map(({ spec }) => spec.name)).toEqual(tools);
  expect([...known.started]).toEqual(started);
});
