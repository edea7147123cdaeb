import { answerTo, openQuestions } from '../answerTo.ts';
import { CommandError, EXIT } from '../commandError.ts';
import type { Io } from '../io.ts';
import { parseFlags } from '../parseFlags.ts';
import { runToTell, stateOf, tellRun } from '../tellRun.ts';
import { oneLine } from '../view/cells.ts';

const USAGE = 'dwf answer <runId> [answer]';

/** `dwf answer <runId>`: what a run of the serving process asks; with an answer, to the first of it. */
export async function answer(io: Io, argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseFlags('answer', argv, { json: { type: 'boolean' } });
  const run = await runToTell(io, positionals[0], USAGE);
  const open = openQuestions(await stateOf(run));
  const text = positionals.slice(1).join(' ').trim();
  const [first] = open;
  if (text === '') {
    const lines = open.length === 0 ? ['Nothing waits for an answer.'] : open.map((question) => oneLine(question.text));
    io.stdout.write(values.json === true ? `${JSON.stringify(open)}\n` : `${lines.join('\n')}\n`);
    return EXIT.completed;
  }
  if (first === undefined) throw new CommandError(`Nothing in run ${run.runId} waits for an answer.`);
  const said = `Answered: ${oneLine(first.text)}`;
  return tellRun(io, run, answerTo(first, text), { said, json: values.json });
}
