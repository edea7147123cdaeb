import { resolve } from 'node:path';
import { createGit } from '../../node/git.ts';
import { examine, type Finding } from '../../node/doctor.ts';
import { CommandError, EXIT } from '../commandError.ts';
import type { Io } from '../io.ts';
import { parseFlags } from '../parseFlags.ts';
import { homeOf } from '../places.ts';
import { manyLines } from '../view/cells.ts';

const FLAGS = { cwd: { type: 'string' }, json: { type: 'boolean' } } as const;

const SIGN: Readonly<Record<Finding['state'], string>> = { ok: 'ok      ', note: 'note    ', problem: 'PROBLEM ' };

export async function doctor(io: Io, argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseFlags('doctor', argv, FLAGS);
  if (positionals.length > 0) throw new CommandError('`dwf doctor` takes no names. See: dwf doctor --help');
  const cwd = resolve(io.cwd, values.cwd ?? '.');
  const findings = await examine({ git: createGit(io.env), home: homeOf(io), cwd, env: io.env });
  const healthy = findings.every(({ state }) => state !== 'problem');
  io.stdout.write(values.json === true ? `${JSON.stringify({ healthy, findings })}\n` : findings.map(linesOf).join(''));
  return healthy ? EXIT.completed : EXIT.failed;
}

/** Paths and branches may be a stranger's words. */
function linesOf({ state, text, more }: Finding): string {
  return [SIGN[state] + text, ...more.map((line) => `        ${line}`)].map((line) => `${manyLines(line)}\n`).join('');
}
