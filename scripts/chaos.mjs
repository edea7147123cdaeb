// @ts-check
// npm run test:chaos [-- SEEDS]: the test that kills a run again and again, with 20 seeds instead of 3.
const [seeds = '20'] = process.argv.splice(2);
process.env['CHAOS_SEEDS'] = seeds;
process.argv.push('integration', 'test/integration/chaos.test.ts');
await import('./test.mjs');
