import { errnoOf } from '../../node/errno.ts';
import { readRules } from '../chooseModel.ts';
import { CommandError, EXIT } from '../commandError.ts';
import type { Io } from '../io.ts';
import { parseFlags, wholeNumber } from '../parseFlags.ts';

/** `dwf simulate [RULES.json]`: the simulated model alone, for any client of the Messages API, until Ctrl-C. */
export async function simulate(io: Io, argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseFlags('simulate', argv, { port: { type: 'string' } });
  const [rulesFile, extra] = positionals;
  if (extra !== undefined) throw new CommandError('One file of rules at a time: dwf simulate [--port N] [RULES.json]');
  const port = wholeNumber('port', values.port, 0, 65_535) ?? 0;
  const [{ parseRules, startSimulator }, { demoBrain }] = await Promise.all([
    import('../../node/simulator/simulator.ts'),
    import('../../node/simulator/demo/demoBrain.ts'),
  ]);
  const parsed = rulesFile === undefined ? null : parseRules(await readRules(io, rulesFile));
  const rules = parsed?.ok === true ? parsed.rules : [];
  const simulator = await startSimulator({ port, rules: [...rules, demoBrain], record: false }).catch(
    (error: unknown) => {
      throw new CommandError(portProblem(error, port), EXIT.failed);
    },
  );
  const interrupted = new Promise<void>((resolve) => {
    const listening = io.onInterrupt(() => {
      listening.dispose();
      resolve();
    });
  });
  io.stdout.write(
    `The simulated model listens at\n  ${simulator.url}\nUse it with ANTHROPIC_BASE_URL or --base-url; any key will do. Ctrl-C ends it.\n`,
  );
  await interrupted;
  await simulator.close();
  return EXIT.interrupted;
}

function portProblem(error: unknown, port: number): string {
  switch (errnoOf(error)) {
    case 'EADDRINUSE':
      return `Port ${port} is taken: choose another one with --port, or leave it out for a free one.`;
    case 'EACCES':
      return `Port ${port} is not allowed to you: choose one above 1023.`;
    default:
      throw error;
  }
}
