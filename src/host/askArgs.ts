import * as vscode from 'vscode';
import { isJsonObject, type Json } from '../protocol/json.ts';
import type { JsonSchema } from '../protocol/conversation.ts';
import type { Meta } from '../workflow/script/check.ts';
import { exampleArgs } from './exampleArgs.ts';

/** The arguments as the person wrote them; `{}` when there are none, null when they gave up. */
export async function askArgs(meta: Meta): Promise<{ readonly args?: Json } | null> {
  if (!meta.args) return {};
  const schema = meta.args;
  const { createSchemaCheck } = await import('../node/schemaCheck.ts');
  const check = createSchemaCheck();
  const example = JSON.stringify(exampleArgs(schema));
  const needed = Array.isArray(schema['required']) && schema['required'].length > 0;
  const text = await vscode.window.showInputBox({
    title: `${meta.name}: arguments`,
    prompt: needed ? `JSON. ${describe(schema)}` : `JSON, or Enter for the defaults. ${describe(schema)}`,
    placeHolder: example,
    value: needed ? example : '',
    ignoreFocusOut: true,
    validateInput: (entered) => {
      if (entered.trim() === '' && !needed) return undefined;
      const parsed = parse(entered);
      if (parsed === undefined) return `This is no JSON. Write it like ${example}`;
      const verdict = check.validate(schema, parsed);
      return verdict.ok ? undefined : verdict.errors.slice(0, 3).join('; ');
    },
  });
  if (text === undefined) return null;
  const args = parse(text);
  return args === undefined ? {} : { args };
}

function describe(schema: JsonSchema): string {
  const properties = schema['properties'];
  if (!isJsonObject(properties)) return '';
  return Object.entries(properties)
    .map(([name, property]) => {
      const about =
        isJsonObject(property) && typeof property['description'] === 'string' ? property['description'] : '';
      return about === '' ? `${name}.` : `${name}: ${about}`;
    })
    .join(' ');
}

function parse(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}
