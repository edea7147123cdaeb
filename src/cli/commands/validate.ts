import { fileLibrary } from '../../node/library.ts';
import type { Diagnostic } from '../../workflow/script/check.ts';
import { checkScript } from '../../workflow/script/checkScript.ts';
import { describeDiagnostic } from '../../workflow/script/describeDiagnostic.ts';
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

type Finding = Pick<Diagnostic, 'code' | 'message'> & Partial<Pick<Diagnostic, 'line' | 'column'>>;

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
  if (found.kind === 'missing') return bad([{ code: 'missing', message: found.message }]);
  const checked = checkScript(found.file.bytes, file);
  if (!checked.ok) return bad(checked.errors.map(findingOf));
  const { createQuickJsSandbox } = await import('../../node/sandbox/quickJsSandbox.ts');
  const problem = await createQuickJsSandbox().compile(checked.script);
  if (problem !== null) return bad([{ code: 'W08-compile', message: problem }]);
  return {
    file,
    ok: true,
    name: checked.script.meta.name,
    errors: [],
    warnings: checked.script.warnings.map(findingOf),
  };
}

function findingOf({ line, column, code, message }: Diagnostic): Finding {
  return { line, column, code, message };
}

function print(io: Io, verdict: Verdict): void {
  for (const error of verdict.errors) io.stderr.write(`${findingText(verdict.file, error, 'error')}\n`);
  for (const warning of verdict.warnings) io.stderr.write(`${findingText(verdict.file, warning, 'warning')}\n`);
  if (verdict.ok) io.stdout.write(`${verdict.file}: ${verdict.name ?? ''} is fine\n`);
}

function findingText(file: string, { line, column, code, message }: Finding, severity: Diagnostic['severity']): string {
  if (line === undefined || column === undefined) return `${file}: ${message}`;
  return describeDiagnostic(file, { line, column, code, message, severity });
}
