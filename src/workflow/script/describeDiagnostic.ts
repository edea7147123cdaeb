import type { Diagnostic } from './check.ts';

/** One line that editors and terminals can jump to: `fix.js:3:12 error W05-import …`. */
export function describeDiagnostic(fileName: string, diagnostic: Diagnostic): string {
  const { line, column, severity, code, message } = diagnostic;
  return `${fileName}:${line}:${column} ${severity} ${code} ${message}`;
}
