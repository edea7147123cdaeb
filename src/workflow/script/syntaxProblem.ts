import type { Diagnostic } from './check.ts';

const TOO_DEEP = 'The script is nested too deeply to be read: make it flatter.';

/** What acorn throws: its own kind of SyntaxError, or the engine's RangeError for nesting without end. */
export function syntaxProblem(error: unknown, text: string): Diagnostic {
  if (error instanceof RangeError) return problem('W04-syntax', 1, 1, TOO_DEEP);
  if (!isAcornError(error)) throw error;
  const { line, column } = error.loc;
  if (error.message.startsWith('Not enough stack space')) return problem('W04-syntax', line, column + 1, TOO_DEEP);
  const kind = typeScriptAt(text, error.pos);
  if (kind) {
    const message = `This looks like TypeScript (${kind}): a workflow script is plain JavaScript, remove the types.`;
    return problem('W05-typescript', line, column + 1, message);
  }
  const what = error.message.replace(/ \(\d+:\d+\)$/, '');
  const near = text.slice(error.pos).split(/\s/, 1)[0]?.slice(0, 20) ?? '';
  const place = near === '' ? (error.pos >= text.length ? ' at the end of the file' : '') : ` near \`${near}\``;
  return problem('W04-syntax', line, column + 1, `${what}${place}: correct the JavaScript here.`);
}

interface AcornError extends SyntaxError {
  readonly pos: number;
  readonly loc: { readonly line: number; readonly column: number };
}

function isAcornError(error: unknown): error is AcornError {
  return error instanceof SyntaxError && 'pos' in error && 'loc' in error;
}

function problem(code: string, line: number, column: number, message: string): Diagnostic {
  return { severity: 'error', code, line, column, message };
}

/** What stands before the place where the parser stopped, what stands there, and what that is in TypeScript. */
const TYPESCRIPT: readonly { readonly before: RegExp; readonly at: RegExp; readonly kind: string }[] = [
  { before: /^\s*(export\s+)?(default\s+)?$/, at: /^interface\s+[\w$]+/, kind: 'an interface' },
  { before: /\binterface\s+$/, at: /^[\w$]+/, kind: 'an interface' },
  { before: /^\s*(export\s+)?(declare\s+)?(const\s+)?$/, at: /^enum\s+[\w$]+/, kind: 'an enum' },
  { before: /\btype\s+$/, at: /^[\w$]+\s*(<[^=]*>)?\s*=/, kind: 'a type' },
  { before: /\b(namespace|declare|abstract)\s+$/, at: /^[\w$]+/, kind: 'a declaration' },
  { before: /\S\s+$/, at: /^as\s+(const\b|[\w$[{('"])/, kind: '`as`' },
  { before: /\S\s+$/, at: /^satisfies\s+\S/, kind: '`satisfies`' },
  { before: /\bimport\s+type\s+$/, at: /^[\w${*]/, kind: '`import type`' },
  { before: /\bexport\s+type\s+$|\bexport\s+$/, at: /^type\b|^[\w$]+\s*=/, kind: 'a type' },
  { before: /\b(private|public|protected|readonly|override)\s+$/, at: /^[\w$#]+/, kind: 'a modifier' },
  { before: /\bclass\s+[\w$]+\s+$/, at: /^implements\b/, kind: '`implements`' },
  { before: /\b(function\s*[\w$]*|class\s+[\w$]+)\s*$/, at: /^</, kind: 'a type parameter' },
  { before: /^[^?]*[\w$)\]]\s*$/, at: /^:\s*[\w$[{('"]/, kind: 'a type annotation' },
  { before: /[\w$]$/, at: /^\?\s*:\s*[\w$[{(]/, kind: 'an optional parameter' },
  { before: /[\w$]\?$/, at: /^:\s*[\w$[{(]/, kind: 'an optional parameter' },
  { before: /[\w$)\]]$/, at: /^!\s*[.;,)\]]/, kind: '`!`' },
  { before: /[\w$)\]]!$/, at: /^[.;,)\]]/, kind: '`!`' },
];

function typeScriptAt(text: string, position: number): string | null {
  const before = text.slice(Math.max(text.lastIndexOf('\n', position - 1) + 1, 0), position);
  const at = text.slice(position, position + 80);
  return TYPESCRIPT.find((shape) => shape.before.test(before) && shape.at.test(at))?.kind ?? null;
}
