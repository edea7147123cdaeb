import { fileLibrary } from '../../node/library.ts';
import type { Diagnostic } from '../../workflow/script/check.ts';
import { checkScript } from '../../workflow/script/checkScript.ts';
import { describeDiagnostic } from '../../workflow/script/describeDiagnostic.ts';
import { lintScript } from '../../workflow/script/lint/lintScript.ts';
import { CommandError, EXIT } from '../commandError.ts';
import type { Io } from '../io.ts';
import { parseFlags } from '../parseFlags.ts';
import { libraryFolders } from '../places.ts';

interface Verdict {
  readonly file: string;
  readonly ok: boolean;
  readonly name: string | null;
  readonly errors: readonly Finding[];
  readonly warnings: readonly Finding[];
}

/** One about the whole file has no place in it. */
type Finding = Pick<Diagnostic, 'severity' | 'code' | 'message'> & Partial<Diagnostic>;

/** `dwf validate <file>…`: nothing of the scripts runs. */
export async function validate(io: Io, argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseFlags('validate', argv, { json: { type: 'boolean' } });
  if (positionals.length === 0) throw new CommandError('Name the files to check: dwf validate <file>…');
  const verdicts: Verdict[] = [];
  for (const file of positionals) verdicts.push(await verdictOn(io, file));
  if (values.json === true) io.stdout.write(`${JSON.stringify({ files: verdicts })}\n`);
  else for (const verdict of verdicts) print(io, verdict);
  return verdicts.every((verdict) => verdict.ok) ? EXIT.completed : EXIT.refused;
}

async function verdictOn(io: Io, file: string): Promise<Verdict> {
  const found = await fileLibrary(libraryFolders(io)).byPath(file, io.cwd);
  const bad = (errors: readonly Finding[]): Verdict => ({ file, ok: false, name: null, errors, warnings: [] });
  if (found.kind === 'missing') return bad([{ severity: 'error', code: 'missing', message: found.message }]);
  const checked = checkScript(found.file.bytes, file);
  if (!checked.ok) return bad(checked.errors);
  const { createQuickJsSandbox } = await import('../../node/sandbox/quickJsSandbox.ts');
  const problem = await createQuickJsSandbox().compile(checked.script);
  if (problem !== null) return bad([{ severity: 'error', code: 'W08-compile', message: problem }]);
  return {
    file,
    ok: true,
    name: checked.script.meta.name,
    errors: [],
    warnings: [...checked.script.warnings, ...lintScript(checked.script)],
  };
}

function print(io: Io, verdict: Verdict): void {
  for (const finding of [...verdict.errors, ...verdict.warnings])
    io.stderr.write(`${findingText(verdict.file, finding)}\n`);
  if (!verdict.ok) return;
  const count = verdict.warnings.length;
  const how = count === 0 ? 'is fine' : `can run, with ${count} ${count === 1 ? 'warning' : 'warnings'}`;
  io.stdout.write(`${verdict.file}: ${verdict.name ?? ''} ${how}\n`);
}

function findingText(file: string, { line, column, ...finding }: Finding): string {
  if (line === undefined || column === undefined) return `${file}: ${finding.message}`;
  return describeDiagnostic(file, { line, column, ...finding });
}
