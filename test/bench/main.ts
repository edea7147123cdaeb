import { readdir } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import type { Suite } from './suite.ts';

// Each file `<name>.suite.ts` in this folder is a suite; its figures are printed with the limits they are held to.

const { values, positionals } = parseArgs({ options: { json: { type: 'boolean' } }, allowPositionals: true });

const known = (await readdir(import.meta.dirname)).flatMap((file) => /^(\w+)\.suite\.ts$/.exec(file)?.[1] ?? []);
const unknown = positionals.filter((name) => !known.includes(name));
if (unknown.length > 0) {
  console.error(`Unknown suite ${unknown.join(', ')}. Known: ${known.join(', ')}.`);
  process.exit(2);
}

const all: Record<string, Record<string, number>> = {};
let missed = 0;
for (const name of positionals.length > 0 ? positionals : known) {
  const { suite } = (await import(`./${name}.suite.ts`)) as { suite: Suite };
  if (suite.long && !positionals.includes(name)) {
    if (!values.json) console.log(`\n${name}: takes minutes; measure it with \`npm run bench ${name}\`.`);
    continue;
  }
  const figures = await suite.run((line) => {
    if (!values.json) console.log(line);
  });
  all[name] = figures;
  missed += print(name, suite, figures);
}
if (values.json) console.log(JSON.stringify(all));
process.exitCode = missed > 0 ? 1 : 0;

function print(name: string, suite: Suite, figures: Readonly<Record<string, number>>): number {
  let over = 0;
  if (!values.json) console.log(`\n${name}`);
  for (const [figure, value] of Object.entries(figures)) {
    const limit = suite.limits[figure];
    const floor = suite.floors?.[figure];
    const misses = (limit !== undefined && value > limit) || (floor !== undefined && value < floor);
    if (misses) over += 1;
    const bounds = [
      ...(limit === undefined ? [] : [`at most ${limit}`]),
      ...(floor === undefined ? [] : [`at least ${floor}`]),
    ];
    const verdict = bounds.length === 0 ? '' : `  (${bounds.join(', ')}${misses ? ', missed' : ''})`;
    if (!values.json) console.log(`  ${figure.padEnd(32)} ${String(value).padStart(9)}${verdict}`);
  }
  return over;
}
