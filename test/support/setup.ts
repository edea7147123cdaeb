import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

// No test reads or writes the person's own runs, worktrees or git configuration.
const home = mkdtempSync(join(tmpdir(), 'dynamic-workflows-test-'));
process.env['DYNAMIC_WORKFLOWS_HOME'] = home;
process.env['GIT_CONFIG_GLOBAL'] = '/dev/null';
process.env['GIT_CONFIG_NOSYSTEM'] = '1';
delete process.env['ANTHROPIC_API_KEY'];
delete process.env['ANTHROPIC_BASE_URL'];
afterAll(() => rmSync(home, { recursive: true, force: true }));
