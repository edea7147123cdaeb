import * as z from 'zod';
import type { JsonSchema } from '../protocol/conversation.ts';
import type { Preparation, Tool, ToolDefinition } from './tool.ts';

const schemaShape = z.record(z.string(), z.json());

/** A tool whose input is parsed by its zod schema; the same schema is what the model is shown. */
export function defineTool<Input>(definition: ToolDefinition<Input>): Tool {
  const { name, description, readOnly, input } = definition;
  return {
    spec: { name, description, inputSchema: jsonSchemaOf(input) },
    readOnly,
    async prepare(given): Promise<Preparation> {
      const parsed = input.safeParse(given);
      if (!parsed.success)
        return { kind: 'invalid', message: brokenInput(name, given) ?? wrongFields(name, parsed.error) };
      const plan = await definition.plan(parsed.data);
      return 'invalid' in plan ? { kind: 'invalid', message: plan.invalid } : { kind: 'ready', call: plan };
    },
  };
}

/** What to tell the model when a call's input is no JSON object at all, as after a reply that was cut; else null. */
export function brokenInput(tool: string, input: unknown): string | null {
  if (typeof input === 'object' && input !== null && !Array.isArray(input)) return null;
  return `${tool}: the input is not a JSON object; it may have been cut off. Send the call again with a complete object.`;
}

/** Each agent has tools of its own, of the same kinds: what they take is written down once. */
const written = new WeakMap<z.ZodType, JsonSchema>();

function jsonSchemaOf(input: z.ZodType): JsonSchema {
  const known = written.get(input);
  if (known) return known;
  const { $schema: _dialect, ...schema } = schemaShape.parse(z.toJSONSchema(input, { io: 'input' }));
  written.set(input, schema);
  return schema;
}

const SHOWN_ISSUES = 6;

function wrongFields(tool: string, error: z.ZodError): string {
  const lines = error.issues.slice(0, SHOWN_ISSUES).map((issue) => {
    const field = issue.path.map(String).join('.');
    const problem = issue.message.replace(/^Invalid input: /, '');
    return field === '' ? `- ${problem}` : `- ${field}: ${problem}`;
  });
  const rest = error.issues.length - lines.length;
  if (rest > 0) lines.push(`- and ${rest} more`);
  return `${tool}: wrong input.\n${lines.join('\n')}`;
}
