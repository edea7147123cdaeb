import { seededRandom } from '../../src/node/simulator/random.ts';
import { startSimulator, type Brain } from '../../src/node/simulator/simulator.ts';

/**
 * A simulator in a process of its own that answers each prompt that names a number with 10 KB of prose, another for each
 * number, and any other with a word. Prints its URL, one line; ends when stdin does.
 */
const CHARS = 10_000;
const SYLLABLES = ['ba', 'ce', 'di', 'fo', 'gu', 'la', 'me', 'ni', 'po', 'ru', 'sta', 'ter', 'vi', 'wo', 'za', 'con'];

const pick = (random: () => number, count: number): number => Math.floor(random() * count);
const shared = seededRandom(0);
const WORDS = Array.from({ length: 2_000 }, () =>
  Array.from({ length: 1 + pick(shared, 4) }, () => SYLLABLES[pick(shared, SYLLABLES.length)]).join(''),
);

/** Sentences of ten words or so, paragraphs of five sentences. */
function prose(seed: number): string {
  const random = seededRandom(seed + 1);
  let text = '';
  while (text.length < CHARS) {
    const end = pick(random, 10) > 0 ? ' ' : pick(random, 5) > 0 ? '. ' : '.\n';
    text += `${WORDS[pick(random, WORDS.length)] ?? ''}${end}`;
  }
  return text.slice(0, CHARS);
}

const brain: Brain = (view) => {
  const number = /^Read module (\d+)\./m.exec(view.prompt.slice(0, 4_000))?.[1];
  return number === undefined ? { text: 'Done.' } : { text: prose(Number(number)), deltas: 20 };
};

const simulator = await startSimulator({ rules: [brain], record: false });
process.stdout.write(`${simulator.url}\n`);
process.stdin.resume();
process.stdin.once('end', () => void simulator.close());
