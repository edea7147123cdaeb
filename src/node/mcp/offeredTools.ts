import * as z from 'zod';
import { clip } from '../../base/text.ts';
import type { JsonSchema } from '../../protocol/conversation.ts';

/** A tool as it is shown to models, from what a server says of it. */
export interface OfferedTool {
  /** `mcp__<server>__<tool>` */
  readonly name: string;
  /** As the server calls it. */
  readonly ownName: string;
  readonly description: string;
  readonly inputSchema: JsonSchema;
  /** The server's word, which nobody has to believe. */
  readonly readOnly: boolean;
}

export interface Offer {
  /** By name. */
  readonly tools: readonly OfferedTool[];
  /** What is left out, for a person. */
  readonly warnings: readonly string[];
}

/** What services take for a tool's name. */
const MAX_NAME = 64;
const MAX_DESCRIPTION = 2_000;
const MAX_SCHEMA_CHARS = 16_000;
/** Of all tools of one server: each request of each agent carries it. */
const MAX_CHARS = 200_000;

const toolSchema = z.looseObject({
  name: z.string().regex(/^[A-Za-z0-9_./-]{1,128}$/),
  description: z.string().default(''),
  inputSchema: z.looseObject({ type: z.literal('object') }),
  annotations: z.looseObject({ readOnlyHint: z.boolean().optional() }).optional().catch(undefined),
});
const jsonObject = z.record(z.string(), z.json());

/** Takes what can be shown to a model and leaves out the rest; the same list gives the same offer, in whatever order. */
export function offeredTools(server: string, listed: readonly unknown[], most: number): Offer {
  const found = new Map<string, OfferedTool>();
  let leftOut = 0;
  for (const one of listed) {
    const tool = toolOf(server, one);
    if (tool === null || found.has(tool.name)) leftOut += 1;
    else found.set(tool.name, tool);
  }
  const sorted = [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  let room = MAX_CHARS;
  const tools = sorted.slice(0, most).filter((tool) => {
    room -= tool.description.length + JSON.stringify(tool.inputSchema).length;
    return room >= 0;
  });
  const missing = leftOut + sorted.length - tools.length;
  if (missing === 0) return { tools, warnings: [] };
  const why = 'their names or schemas cannot be shown to a model, or they are too many';
  return {
    tools,
    warnings: [`The MCP server ${server}: ${missing} of its ${listed.length} tools are left out; ${why}.`],
  };
}

function toolOf(server: string, one: unknown): OfferedTool | null {
  try {
    const { name: ownName, description, inputSchema, annotations } = toolSchema.parse(one);
    const name = `mcp__${server}__${ownName.replace(/[./]/g, '_')}`;
    if (name.length > MAX_NAME || JSON.stringify(inputSchema).length > MAX_SCHEMA_CHARS) return null;
    return {
      name,
      ownName,
      description: `Of the MCP server ${server}, in its own words: ${clip(plain(description), MAX_DESCRIPTION)}`,
      inputSchema: jsonObject.parse(inputSchema),
      readOnly: annotations?.readOnlyHint === true,
    };
  } catch {
    // Not of the form, or nested so deeply that nothing can walk through it.
    return null;
  }
}

/** Without signs that nobody sees. */
function plain(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Co}\p{Cs}]/gu, (sign) => (sign === '\n' || sign === '\t' ? sign : '')).trim();
}
