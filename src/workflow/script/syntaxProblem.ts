import { SCRIPT_API } from './api.ts';
import type { Diagnostic } from './check.ts';

const TOO_DEEP = 'The script is nested too deeply to be read: make it flatter.';

/** What acorn throws: its own kind of SyntaxError, or the engine's RangeError for nesting without end. */
export function syntaxProblem(error: unknown, text: string): Diagnostic {
  if (error instanceof RangeError) return problem('W04-syntax', 1, 1, TOO_DEEP);
  if (!isAcornError(error)) throw error;
  const { line, column } = error.loc;
  if (error.message.startsWith('Not enough stack space')) return problem('W04-syntax', line, column + 1, TOO_DEEP);
  const option = bareOption(text, error.pos);
  if (option) {
    const message = `Options stand in braces: write \`${option.call}(…, { ${option.name}: … })\`.`;
    return problem('W04-syntax', line, column + 1, message);
  }
  const typeScript = typeScriptAt(text, error.pos);
  if (typeScript) {
    const at = column + 1 - typeScript.back;
    return problem('W05-typescript', line, at, typeScriptMessage(typeScript.kind));
  }
  const what = error.message.replace(/ \(\d+:\d+\)$/, '');
  const near = text.slice(error.pos).split(/\s/, 1)[0]?.slice(0, 20) ?? '';
  const place = near === '' ? (error.pos >= text.length ? ' at the end of the file' : '') : ` near \`${near}\``;
  return problem('W04-syntax', line, column + 1, `${what}${place}: correct the JavaScript here.`);
}

export function typeScriptMessage(kind: string): string {
  return `This looks like TypeScript (${kind}): a workflow script is plain JavaScript, remove the types.`;
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
  { before: /\b(function\s*\*?\s*[\w$]*|class\s+[\w$]+)\s*$/, at: /^</, kind: 'a type parameter' },
  { before: /([=(,[{:?&|]|\breturn|\basync|^)\s*$/, at: /^<\s*[\w$]+\s*(,|extends\b)/, kind: 'a type parameter' },
  { before: /^[^?]*[\w$)\]]\s*$/, at: /^:\s*[\w$[{('"]/, kind: 'a type annotation' },
  { before: /[\w$]$/, at: /^\?\s*:\s*[\w$[{(]/, kind: 'an optional parameter' },
  { before: /[\w$]\?$/, at: /^:\s*[\w$[{(]/, kind: 'an optional parameter' },
  { before: /[\w$)\]]$/, at: /^!\s*[.;,)\]]/, kind: '`!`' },
  { before: /[\w$)\]]!$/, at: /^[.;,)\]]/, kind: '`!`' },
  { before: /[\w$]$/, at: /^!\s*:/, kind: '`!`' },
  {
    before: /\b(const|let|var)\s+[{[].*[}\]]\s*$|[(,]\s*[{[][^(){}]*[}\]]\s*$/,
    at: /^:\s*[\w$[{('"]/,
    kind: 'a type annotation',
  },
  { before: /[\w$]$/, at: /^\?\s*[,)]/, kind: 'an optional parameter' },
  { before: /[(,]\s*[\w$]+\?\s*$/, at: /^[,)]/, kind: 'an optional parameter' },
  { before: /[(,]\s*$/, at: /^this\s*:/, kind: 'a type annotation' },
  // `new Set<string>()` stops at the last bracket, `new Map<string, number>()` at the one before it.
  { before: /[\w$](?<types><[\w$\s,.|[\]]+>\()$/, at: /^\)/, kind: 'a type argument' },
  { before: /[\w$](?<types><[\w$\s,.|[\]]+)$/, at: /^[\w$\s,.|[\]]*>+\(/, kind: 'a type argument' },
  {
    before: /([=(,[{:?&|]|\breturn|\bawait|^)\s*$/,
    at: /^<[\w$.]+(\[\])*>\s*[\w$([{'"`](?!.*<\/)/,
    kind: 'a type before a value',
  },
];

/** `back`: how many characters before the place where the parser stopped the types begin. */
function typeScriptAt(text: string, position: number): { readonly kind: string; readonly back: number } | null {
  const before = text.slice(Math.max(text.lastIndexOf('\n', position - 1) + 1, 0), position);
  const at = text.slice(position, position + 80);
  for (const shape of TYPESCRIPT) {
    const found = shape.before.exec(before);
    if (found && shape.at.test(at)) return { kind: shape.kind, back: found.groups?.['types']?.length ?? 0 };
  }
  return null;
}

const CALLED = new Set(SCRIPT_API.map(({ name }) => name));

/** `agent('x', label: 'y')`: a name with a colon right in the brackets of one of our calls. */
function bareOption(text: string, position: number): { readonly call: string; readonly name: string } | null {
  const name = /,\s*([\w$]+)\s*$/.exec(text.slice(Math.max(0, position - 200), position))?.[1];
  if (text[position] !== ':' || name === undefined) return null;
  let open = 0;
  for (let at = position - 1; at >= 0; at--) {
    const sign = text[at] ?? '';
    if (')]}'.includes(sign)) open += 1;
    if (!'([{'.includes(sign)) continue;
    open -= 1;
    if (open >= 0) continue;
    const call = /(?<!function\s+)(?<![\w$.])([\w$]+(?:\.[\w$]+)?)\s*$/.exec(
      text.slice(Math.max(0, at - 200), at),
    )?.[1];
    return sign === '(' && call !== undefined && CALLED.has(call.split('.')[0] ?? '') ? { call, name } : null;
  }
  return null;
}
