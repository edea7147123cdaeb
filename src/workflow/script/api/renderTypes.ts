import { SCRIPT_API } from '../api.ts';
import type { ApiEntry, ApiMember, ApiOptions } from './description.ts';
import { typeOf } from './description.ts';
import { META_FIELDS, PHASE_FIELDS } from './meta.ts';
import type { MetaField } from './meta.ts';

const HEAD = `// The globals of workflow scripts, for editors. Generated from src/workflow/script/api.ts: npm run golden:update.
// There is no \`import\` and no \`export\` in this file: all of it is global.
`;

/** `workflows/workflow.d.ts`: the globals with their docs as hover texts. Not formatted. */
export function renderTypes(): string {
  const entries = SCRIPT_API.map(renderEntry);
  return [HEAD, renderMeta(), ...entries].join('\n\n');
}

function renderMeta(): string {
  const fields = (list: readonly MetaField[]): string =>
    list
      .map((field) => `${jsDoc(field.doc)}\nreadonly ${field.name}${field.required ? '' : '?'}: ${field.type};`)
      .join('\n');
  const doc = jsDoc(
    'What `export const meta` may hold: plain values only. Write `@type {WorkflowMeta}` in a comment before it.',
  );
  return `${doc}\ninterface WorkflowMeta {\n${fields(META_FIELDS)}\n}\n\ninterface Phase {\n${fields(PHASE_FIELDS)}\n}`;
}

function renderEntry(entry: ApiEntry): string {
  const doc = jsDoc(
    entry.doc,
    ...(entry.errors ?? []).map((error) => `@throws ${error}`),
    ...(entry.examples ?? []).map(exampleTag),
  );
  const object = entry.members && !entry.declarations ? [`const ${entry.name}: ${objectType(entry.members)}`] : [];
  const declarations = [...(entry.declarations ?? []), ...object].map((one) => `${doc}\ndeclare ${one}`);
  const optionTypes = [entry, ...(entry.members ?? [])].flatMap(({ options }) =>
    options ? [optionsType(options)] : [],
  );
  return [...(entry.types === undefined ? [] : [entry.types]), ...optionTypes, ...declarations].join('\n\n');
}

function objectType(members: readonly ApiMember[]): string {
  return `{\n${members.map((member) => `${jsDoc(member.doc)}\n${member.declaration};`).join('\n')}\n}`;
}

function optionsType({ typeName, list }: ApiOptions): string {
  const fields = list.map(
    (option) =>
      `${jsDoc(option.doc, `Default: ${option.default}.`)}\nreadonly ${option.name}${option.required ? '' : '?'}: ${typeOf(option.holds)}${option.required ? '' : ' | undefined'};`,
  );
  return `interface ${typeName} {\n${fields.join('\n')}\n}`;
}

function exampleTag(code: string): string {
  return `@example\n${code}`;
}

function jsDoc(...parts: readonly string[]): string {
  const text = parts.join('\n').replaceAll('*/', '*\\/');
  if (!text.includes('\n')) return `/** ${text} */`;
  return `/**\n${text
    .split('\n')
    .map((line) => ` * ${line}`.trimEnd())
    .join('\n')}\n */`;
}
