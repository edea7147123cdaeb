// @ts-check
// npm run check: types, lint, format, arrows, unused code, unit and golden tests, build.
import { bootstrap } from './bootstrap.mjs';
import { runChecks } from './lib/checks.mjs';

await bootstrap();
const { failed } = await runChecks(process.argv.slice(2));
process.exitCode = failed > 0 ? 1 : 0;
