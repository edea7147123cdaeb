import { readFile } from 'node:fs/promises';
import { CommandError, EXIT } from './commandError.ts';
import { HELP, helpOf, overview } from './help.ts';
import type { Io } from './io.ts';
import { packaged } from './places.ts';
import { manyLines } from './view/cells.ts';

type Command = (io: Io, argv: readonly string[]) => Promise<number>;

/** Loaded when asked for. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  run: async () => (await import('./commands/run.ts')).run,
  chat: async () => (await import('./commands/chat.ts')).chat,
  serve: async () => (await import('./commands/serve.ts')).serve,
  resume: async () => (await import('./commands/resume.ts')).resume,
  pause: async () => (await import('./commands/control.ts')).pause,
  stop: async () => (await import('./commands/control.ts')).stop,
  skip: async () => (await import('./commands/control.ts')).skip,
  restart: async () => (await import('./commands/control.ts')).restart,
  steer: async () => (await import('./commands/control.ts')).steer,
  answer: async () => (await import('./commands/answer.ts')).answer,
  finish: async () => (await import('./commands/control.ts')).finish,
  set: async () => (await import('./commands/set.ts')).set,
  runs: async () => (await import('./commands/runs.ts')).runs,
  sessions: async () => (await import('./commands/sessions.ts')).sessions,
  save: async () => (await import('./commands/save.ts')).save,
  export: async () => (await import('./commands/exportRun.ts')).exportCommand,
  import: async () => (await import('./commands/importRun.ts')).importCommand,
  show: async () => (await import('./commands/show.ts')).show,
  changes: async () => (await import('./commands/changes.ts')).changes,
  diff: async () => (await import('./commands/diff.ts')).diff,
  apply: async () => (await import('./commands/apply.ts')).apply,
  land: async () => (await import('./commands/land.ts')).land,
  discard: async () => (await import('./commands/discard.ts')).discard,
  worktrees: async () => (await import('./commands/worktrees.ts')).worktrees,
  validate: async () => (await import('./commands/validate.ts')).validate,
  rehearse: async () => (await import('./commands/rehearse.ts')).rehearse,
  simulate: async () => (await import('./commands/simulate.ts')).simulate,
  doctor: async () => (await import('./commands/doctor.ts')).doctor,
  demo: async () => (await import('./commands/demo.ts')).demo,
};

/** Runs one command line, without the program's name; resolves to the exit code. Never rejects. */
export async function commandLine(argv: readonly string[], io: Io): Promise<number> {
  try {
    return await dispatch(argv, io);
  } catch (error) {
    const { lines, exitCode } = problemOf(error, io);
    if (argv.includes('--json')) {
      io.stdout.write(`${JSON.stringify({ error: lines[0] ?? '', ...(lines.length > 1 ? { errors: lines } : {}) })}\n`);
    }
    // They may quote a stranger's words, such as the label of an agent.
    io.stderr.write(lines.map((line) => `${manyLines(line)}\n`).join(''));
    return exitCode;
  }
}

async function dispatch(argv: readonly string[], io: Io): Promise<number> {
  const [name, ...rest] = argv;
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
    const about = name === 'help' ? rest[0] : undefined;
    io.stdout.write(about !== undefined && Object.hasOwn(HELP, about) ? helpOf(about) : overview());
    return name === undefined ? EXIT.refused : EXIT.completed;
  }
  if (name === '--version' || name === '-v') {
    io.stdout.write(`${await version()}\n`);
    return EXIT.completed;
  }
  const load = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (!load)
    throw new CommandError(
      `There is no command "${name}". There are: ${Object.keys(COMMANDS).join(', ')}. See: dwf help`,
    );
  if (rest.includes('--help') || rest.includes('-h')) {
    io.stdout.write(helpOf(name));
    return EXIT.completed;
  }
  const command = await load();
  return command(io, rest);
}

/** What went wrong, in lines for a person; a bug keeps its stack when DWF_DEBUG is set. */
function problemOf(error: unknown, io: Io): { readonly lines: readonly string[]; readonly exitCode: number } {
  if (error instanceof CommandError) return error;
  const text =
    error instanceof Error ? ((io.env['DWF_DEBUG'] ? error.stack : undefined) ?? error.message) : String(error);
  return { lines: [`dwf failed: ${text}`], exitCode: EXIT.failed };
}

async function version(): Promise<string> {
  const { version: text } = JSON.parse(await readFile(packaged('package.json'), 'utf8')) as {
    readonly version: string;
  };
  return text;
}
