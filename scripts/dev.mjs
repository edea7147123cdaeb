// @ts-check
// npm run dev: builds dist/ again whenever a source changes, and serves a recorded run in the webview, until Ctrl-C.
import { bootstrap } from './bootstrap.mjs';

await bootstrap({ build: true });
const { context } = await import('esbuild');
const { bundles } = await import('./lib/bundles.mjs');
for (const options of bundles) await (await context({ ...options, logLevel: 'info' })).watch();
const { startWebviewServer } = await import('../test/support/webviewServer.ts');
const { url } = await startWebviewServer();
process.stdout.write(`A recorded run in the webview: ${url}\n`);
