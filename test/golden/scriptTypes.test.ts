import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';
import { SCRIPT_API } from '../../src/workflow/script/api.ts';

const ROOT = join(import.meta.dirname, '../..');
const WORKFLOWS = join(ROOT, 'workflows');
const TOP_LEVEL_RETURN = 1108;

/** As an editor reads them: `workflows/jsconfig.json`, and files of text beside those of the folder. */
function programOf(texts: Readonly<Record<string, string>>, options: ts.CompilerOptions = {}): ts.Program {
  const json = ts.readConfigFile(join(WORKFLOWS, 'jsconfig.json'), (path) => ts.sys.readFile(path));
  const config = ts.parseJsonConfigFileContent(json.config, ts.sys, WORKFLOWS, options, join(WORKFLOWS, 'jsconfig.json'));
  expect([json.error, ...config.errors].filter(Boolean)).toEqual([]);
  const added = new Map(Object.entries(texts).map(([name, text]) => [join(WORKFLOWS, name), text]));
  const host = ts.createCompilerHost(config.options, true);
  const read = (path: string): string | undefined => added.get(path) ?? ts.sys.readFile(path);
  host.readFile = read;
  host.fileExists = (path) => added.has(path) || ts.sys.fileExists(path);
  host.getSourceFile = (path, version) => {
    const text = read(path);
    return text === undefined ? undefined : ts.createSourceFile(path, text, version, true);
  };
  return ts.createProgram([...config.fileNames, ...added.keys()], config.options, host);
}

function errorsOf(program: ts.Program): readonly string[] {
  return ts
    .getPreEmitDiagnostics(program)
    .filter(({ code }) => code !== TOP_LEVEL_RETURN)
    .map(({ file, start = 0, code, messageText }) => {
      const line = file ? file.getLineAndCharacterOfPosition(start).line + 1 : 0;
      return `${file?.fileName ?? ''}:${line} TS${code} ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
    });
}

const META = "export const meta = { name: 'n', description: 'd' };\n";

describe('workflows/jsconfig.json', () => {
  test('reports nothing in the shipped scripts', () => {
    const program = programOf({});
    const files = program.getRootFileNames().map((path) => path.slice(WORKFLOWS.length + 1));
    expect(files).toEqual(expect.arrayContaining(readdirSync(WORKFLOWS).filter((name) => /\.js$|\.d\.ts$/.test(name))));
    expect(ts.getPreEmitDiagnostics(program).map(({ messageText }) => messageText)).toEqual([]);
  });
});

describe('workflows/workflow.d.ts', () => {
  test('fits the shipped scripts and all examples, but for the return at the top', () => {
    const examples = SCRIPT_API.flatMap(({ name, examples: list = [] }) =>
      list.map((code, index) => [`example-${name}-${index}.js`, META + code] as const),
    );
    expect(errorsOf(programOf(Object.fromEntries(examples), { checkJs: true }))).toEqual([]);
  });

  test('gives calls their types', () => {
    const cases = {
      "await agent('x')": 'string | null',
      "await agent('x', { label: 'y', isolation: undefined })": 'string | null',
      "await agent('x', { schema: { type: 'object', properties: { n: { type: 'integer' }, list: { type: 'array', items: { enum: ['a', 'b'] } } }, required: ['n', 'list'] } }).then((r) => r?.list)":
        '("a" | "b")[] | undefined',
      "await agent('x', { schema: JSON.parse('{}') })": 'any',
      "await parallel([() => agent('x'), async () => 5])": '[string | null, number | null]',
      "await parallel([1, 2].map((n) => () => change(`${n}`)))": '(Change | null)[]',
      "await pipeline([1], (n) => agent(`${n}`), (text, n) => text.length + n)": '(number | null)[]',
      "(await change('x'))?.files[0]?.status": '"added" | "modified" | "deleted" | "renamed" | undefined',
      'budget.total': 'number | null',
      "await Array.fromAsync([1, 2], async (n) => `${n}`)": 'string[]',
    };
    const expressions = Object.keys(cases);
    const text = META + expressions.map((code, index) => `const value${index} = ${code};`).join('\n');
    const program = programOf({ 'typed.js': text }, { checkJs: true });
    expect(errorsOf(program)).toEqual([]);
    const file = program.getSourceFile(join(WORKFLOWS, 'typed.js'));
    const checker = program.getTypeChecker();
    const types = (file?.statements ?? []).slice(1).flatMap((statement) =>
      ts.isVariableStatement(statement)
        ? statement.declarationList.declarations.map(({ name }) => checker.typeToString(checker.getTypeAtLocation(name)))
        : [],
    );
    expect(Object.fromEntries(expressions.map((code, index) => [code, types[index]]))).toEqual(cases);
  });

  test.each([
    { name: 'a misspelt option', code: "await agent('x', { lable: 'y' })", error: /TS2353|TS2769/ },
    { name: 'an option of another type', code: "await agent('x', { effort: 'most' })", error: /TS2322|TS2769/ },
    { name: 'a promise instead of a function', code: "await parallel([agent('x')])", error: /TS2322/ },
    { name: 'a result that may be null', code: "(await agent('x')).trim()", error: /TS2531|TS18047/ },
    { name: 'what is absent', code: "fetch('x')", error: /TS2304/ },
  ])('refuses $name', ({ code, error }) => {
    const errors = errorsOf(programOf({ 'wrong.js': META + code }, { checkJs: true }));
    expect(errors).toEqual([expect.stringMatching(error)]);
  });
});
