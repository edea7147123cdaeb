import type { AnyNode, Position } from 'acorn';
import { isJsonObject } from '../../../protocol/json.ts';
import type { CheckedScript } from '../check.ts';
import { readArgNames } from './rules/argsUse.ts';
import { memberName, Source } from './source.ts';

interface Thrown {
  readonly name: string;
  readonly message: string;
  /** With lines and columns as `file:3:7`. */
  readonly stack: string;
}

/** A script that ran without any arguments. */
export interface WithoutArgs {
  readonly script: CheckedScript;
  readonly fileName: string;
  /** `workflow()` of another script started it (W36), not a person. */
  readonly isNested: boolean;
}

/** When a script that got no arguments has failed because it reads some: that, with the place. Null for other errors. */
export function missingArgs({ script, fileName, isNested }: WithoutArgs, error: Thrown): string | null {
  if (error.name !== 'TypeError' || placeOf(error)?.includes(`${fileName}:`) !== true) return null;
  const source = new Source(script);
  const at = source.nodes.map((node) => readAt(source, node, error)).find((place) => place !== null);
  if (!at) return null;
  const names = declaredNames(script) ?? readArgNames(source);
  const example = names.map((name) => `${JSON.stringify(name)}: …`).join(', ');
  const reads = isNested ? `The workflow ${script.meta.name} reads` : 'The script reads';
  const started = isNested ? 'workflow() gave it none' : 'the run was started without any';
  const give = isNested
    ? `give them as its second argument (\`{${example}}\`)`
    : `give them when it starts (\`--args '{${example}}'\`)`;
  const advice = `${give}, or let the script do without (\`args ?? {}\`)`;
  return `${reads} \`args\`, and ${started} (${error.message}): ${advice}.\n    at ${fileName}:${at.line}:${at.column + 1}`;
}

function placeOf({ stack }: Thrown): string | undefined {
  return stack.split('\n', 2)[1];
}

/** Where this reads `args` in the way that the error tells of. */
function readAt(source: Source, node: AnyNode, error: Thrown): Position | null {
  const { message, stack } = error;
  const start = node.loc?.start;
  if (!start) return null;
  const isHere = placeOf(error)?.includes(`:${start.line}:`) === true;
  if (node.type === 'VariableDeclarator' && node.id.type !== 'Identifier' && source.isGlobal(node.init, 'args'))
    return UNPACKED.test(message) && (isHere || stack.endsWith(NO_PLACE)) ? start : null;
  if (node.type !== 'MemberExpression' || node.optional || !source.isGlobal(node.object, 'args')) return null;
  return isHere && message.endsWith(`'${memberName(node)}' of undefined`) ? start : null;
}

/** What the engine says of a pattern at the top of a script. */
const NO_PLACE = ':1:1';
const UNPACKED = /^cannot convert to object$|of undefined$|is not iterable$/;

function declaredNames({ meta }: CheckedScript): readonly string[] | null {
  const properties = meta.args?.['properties'];
  return properties !== undefined && isJsonObject(properties) ? Object.keys(properties) : null;
}
