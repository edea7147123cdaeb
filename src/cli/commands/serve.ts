import { resolve } from 'node:path';
import { PERMISSION_MODES } from '../../protocol/run.ts';
import { MODEL_FLAGS } from '../chooseModel.ts';
import { CommandError, EXIT } from '../commandError.ts';
import { askServing } from '../detach/askServing.ts';
import type { Io } from '../io.ts';
import { oneOf, parseFlags } from '../parseFlags.ts';
import { ownPermissionsOf, PERMISSION_FLAGS } from '../permissionFlags.ts';
import { homeOf } from '../places.ts';
import { SANDBOX_FLAGS, sandboxFrom } from '../sandboxFlags.ts';
import { oneLine } from '../view/cells.ts';

const FLAGS = {
  ...MODEL_FLAGS,
  ...SANDBOX_FLAGS,
  ...PERMISSION_FLAGS,
  cwd: { type: 'string' },
  model: { type: 'string' },
  'permission-mode': { type: 'string' },
  status: { type: 'boolean' },
  stop: { type: 'boolean' },
  json: { type: 'boolean' },
} as const;

/** `dwf serve`: has runs, sessions and loops whatever window or terminal is closed; `--status` and `--stop` are about one that does. */
export async function serve(io: Io, argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseFlags('serve', argv, FLAGS, ['simulate']);
  const [extra] = positionals;
  if (extra !== undefined) throw new CommandError(`"${extra}" is one too many. See: dwf serve --help`);
  if (values.status === true && values.stop === true) throw new CommandError('Give one of --status and --stop.');
  const json = values.json === true;
  if (values.status === true) return tellStatus(io, json);
  if (values.stop === true) return stopServing(io, json);
  if (json) throw new CommandError('--json goes with --status or --stop.');
  const { beginServing } = await import('../serve/beginServing.ts');
  return beginServing(io, {
    cwd: values.cwd === undefined ? undefined : resolve(io.cwd, values.cwd),
    model: values.model,
    modelFlags: values,
    permissionMode: oneOf('permission-mode', values['permission-mode'], PERMISSION_MODES),
    permissions: ownPermissionsOf(values),
    sandbox: sandboxFrom(values),
  });
}

async function tellStatus(io: Io, json: boolean): Promise<number> {
  const { type: _type, ...status } = await askServing(io, { type: 'serve.status' });
  if (json) {
    io.stdout.write(`${JSON.stringify(status)}\n`);
    return EXIT.completed;
  }
  const { pid, since, simulated, served } = status;
  const model = simulated ? ', with a simulated model' : '';
  const lines = [
    `Process ${pid} serves since ${new Date(since).toLocaleString()}${model}. It ends with: dwf serve --stop`,
    ...served.map(({ kind, id, about }) => `  ${kind.padEnd(7)}  ${id}  ${oneLine(about)}`),
    ...(served.length === 0 ? ['It has no run and no session.'] : []),
  ];
  io.stdout.write(`${lines.join('\n')}\n`);
  return EXIT.completed;
}

async function stopServing(io: Io, json: boolean): Promise<number> {
  const { pid, served } = await askServing(io, { type: 'serve.status' });
  await askServing(io, { type: 'serve.stop' });
  const { untilNobodyServes } = await import('../../node/serve/serveLock.ts');
  if (!(await untilNobodyServes(homeOf(io))))
    throw new CommandError(`Process ${pid} still ends what it has. If that lasts: kill ${pid}`, EXIT.failed);
  if (json) io.stdout.write(`${JSON.stringify({ pid, suspended: served })}\n`);
  else
    io.stdout.write(
      `Process ${pid} has ended. ${served.length === 0 ? 'It had nothing under way.' : 'The next dwf serve goes on with what it had.'}\n`,
    );
  return EXIT.completed;
}
