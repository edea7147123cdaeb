// @ts-check
// npm start: the main job on a sample project, from a fresh clone on.
import { bootstrap } from './bootstrap.mjs';
import { runCommandLine } from './lib/commandLine.mjs';

await bootstrap({ build: true });
process.argv.splice(2, 0, 'demo');
await runCommandLine();
