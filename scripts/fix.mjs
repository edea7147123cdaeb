// @ts-check
// npm run fix: what the tools can put right by themselves.
import { bootstrap } from './bootstrap.mjs';
import { show } from './lib/children.mjs';
import { root } from './lib/paths.mjs';
import { tool } from './lib/tools.mjs';

await bootstrap();
const linted = await show(...tool('eslint', ['.', '--fix', '--max-warnings', '0']), { cwd: root });
const formatted = await show(...tool('prettier', ['.', '--write', '--log-level', 'warn']), { cwd: root });
process.exitCode = linted || formatted;
