// @ts-check
// npm run test:chaos [-- SEEDS]: the tests that kill runs again and again, with 20 seeds, and kills on one repository, instead
// of 3.
const [seeds = '20'] = process.argv.splice(2);
process.env['CHAOS_SEEDS'] = seeds;
process.argv.push('integration', 'test/integration/chaos.test.ts', 'test/integration/chaosWorktrees.test.ts');
await import('./test.mjs');
