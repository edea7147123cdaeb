import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { script, withDesk } from './dwf.ts';

test('a run says before it begins which hooks and servers it starts, and at its end which hook of it failed', async () => {
  await withDesk(async ({ folder, write, dwf }) => {
    await mkdir(join(folder, '.claude'));
    const hook = (command: string): object[] => [{ hooks: [{ type: 'command', command }] }];
    const hooks = { PreToolUse: hook('true'), WorkflowEnd: hook('echo it broke >&2; exit 1') };
    await write('.claude/settings.json', JSON.stringify({ hooks }));
    const weather = { type: 'http', url: 'http://127.0.0.1:9/', headers: { key: '${CITY_KEY}' } };
    await write('.mcp.json', JSON.stringify({ mcpServers: { files: { command: '/no/such/program' }, weather } }));
    const path = await write('one.js', script("return agent('Do it.')"));
    const { stdout, stderr, code } = await dwf(['run', path, '--simulate'], { env: { CITY_KEY: 'key-abc-123' } });
    const [head, ...lines] = stdout.split('\n');
    expect(head).toContain('test · ');
    expect(lines.slice(0, 2)).toEqual([
      'Hooks: 2 commands (PreToolUse, WorkflowEnd)',
      'MCP servers: files (/no/such/program), weather (127.0.0.1:9, gets CITY_KEY)',
    ]);
    expect(stdout).toContain('The MCP server weather cannot be reached');
    expect(stderr).toContain(
      'Warning: The hook WorkflowEnd 1 of .claude/settings.json ended with exit code 1: it broke',
    );
    expect(stdout + stderr).not.toContain('key-abc-123');
    expect(code).toBe(0);
  });
});
