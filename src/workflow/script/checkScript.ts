import { parse } from 'acorn';
import type { Program } from 'acorn';
import type { CheckResult, Diagnostic } from './check.ts';
import { findMeta } from './findMeta.ts';
import { readMeta } from './readMeta.ts';
import { refusedSyntax } from './refusedSyntax.ts';
import { blank, readSourceText } from './sourceText.ts';
import { syntaxProblem } from './syntaxProblem.ts';

/**
 * The static check (W01–W05): nothing of the script runs. `source` is the file's text or its bytes.
 * Lists every error it can find at once; after a syntax error it can name that one only.
 */
export function checkScript(source: string | Uint8Array, fileName: string): CheckResult {
  const extension = /\.[^./\\]*$/.exec(fileName)?.[0];
  if (extension !== '.js' && extension !== '.mjs') return { ok: false, errors: [wrongExtension(fileName)] };
  const read = readSourceText(source);
  if (!read.ok) return { ok: false, errors: [read.error] };
  const text = withoutHashbang(read.text);
  const parsed = parseBody(text);
  if (!parsed.ok) return { ok: false, errors: [parsed.error] };
  return checkProgram(parsed.program, read.text, text);
}

type Parsed = { readonly ok: true; readonly program: Program } | { readonly ok: false; readonly error: Diagnostic };

/** A module for strict rules, `await` and `return` at the top since the body becomes an async function (W04). */
function parseBody(text: string): Parsed {
  try {
    const program = parse(text, {
      ecmaVersion: 2025,
      sourceType: 'module',
      locations: true,
      allowAwaitOutsideFunction: true,
      allowReturnOutsideFunction: true,
      // So that W05 names every one of them, wherever it stands, instead of stopping at the first.
      allowImportExportEverywhere: true,
    });
    return { ok: true, program };
  } catch (error) {
    return { ok: false, error: syntaxProblem(error, text) };
  }
}

function checkProgram(program: Program, source: string, text: string): CheckResult {
  const found = findMeta(program);
  const read = found.object ? readMeta(found.object) : null;
  const diagnostics = [...found.errors, ...(read?.diagnostics ?? []), ...refusedSyntax(program, found.statement)];
  const errors = diagnostics.filter((diagnostic) => diagnostic.severity === 'error').sort(byPosition);
  if (errors.length > 0 || !found.statement || !read?.meta) return { ok: false, errors };
  const body = blank(text, found.statement.start, found.statement.end);
  return { ok: true, script: { meta: read.meta, body, source, warnings: diagnostics.sort(byPosition) } };
}

function wrongExtension(fileName: string): Diagnostic {
  const message = `A workflow script is a .js or .mjs file: rename ${fileName}.`;
  return { severity: 'error', code: 'W01-extension', line: 1, column: 1, message };
}

function withoutHashbang(text: string): string {
  const line = /^#![^\n\r\u2028\u2029]*/.exec(text);
  return line ? blank(text, 0, line[0].length) : text;
}

function byPosition(a: Diagnostic, b: Diagnostic): number {
  return a.line - b.line || a.column - b.column;
}
