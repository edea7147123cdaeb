import type { FrontMatter, ParsedYaml } from '../workflow/frontMatter.ts';

/** Aliases that repeat more than this are made to fill memory. */
const MAX_ALIASES = 50;

/** `FrontMatter` by yaml, which is loaded with the first file that has any. */
export function createYamlFrontMatter(): FrontMatter {
  return {
    parse: async (text): Promise<ParsedYaml> => {
      const { LineCounter, isMap, isScalar, parseDocument } = await import('yaml');
      const lines = new LineCounter();
      const document = parseDocument(text, { lineCounter: lines, logLevel: 'silent' });
      const [error] = document.errors;
      if (error) return { ok: false, message: plain(error.message), line: error.linePos?.[0].line ?? 1 };
      let value: unknown;
      try {
        value = document.toJS({ maxAliasCount: MAX_ALIASES });
      } catch (thrown) {
        return { ok: false, message: thrown instanceof Error ? plain(thrown.message) : 'it cannot be read', line: 1 };
      }
      const { contents } = document;
      return {
        ok: true,
        value,
        lineOf: (field) => {
          const keys: readonly unknown[] = isMap(contents) ? contents.items.map(({ key }) => key) : [];
          const key = keys.find((one) => isScalar(one) && one.value === field);
          return isScalar(key) && key.range ? lines.linePos(key.range[0]).line : 1;
        },
      };
    },
  };
}

/** Its first line, without the place that follows. */
function plain(message: string): string {
  return (message.split('\n', 1)[0] ?? '').replace(/ at line \d+, column \d+:?$/, '');
}
