import type { FrontMatter, ParsedYaml } from './frontMatter.ts';

/** Knows one `field: value` a line, whose value is JSON or plain text without a colon. */
export function createFakeFrontMatter(): FrontMatter {
  return {
    parse: async (yaml): Promise<ParsedYaml> => {
      const entries: [string, unknown][] = [];
      const lines = new Map<string, number>();
      for (const [index, line] of yaml.split('\n').entries()) {
        if (line.trim() === '') continue;
        const [, field, value = ''] = /^(\w[\w-]*):(?: (.*))?$/.exec(line) ?? [];
        const parsed = field === undefined ? undefined : valueOf(value.trim());
        if (field === undefined || parsed === undefined) return { ok: false, message: 'not a field', line: index + 1 };
        entries.push([field, parsed]);
        lines.set(field, index + 1);
      }
      return { ok: true, value: Object.fromEntries(entries), lineOf: (field) => lines.get(field) ?? 1 };
    },
  };
}

function valueOf(text: string): unknown {
  if (text === '') return null;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return /^["'[{]|: /.test(text) ? undefined : text;
  }
}
