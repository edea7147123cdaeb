/** What stands at the head of a Markdown file, as YAML. */
export interface FrontMatter {
  /** Nothing of it runs, and no alias makes it grow. */
  parse(yaml: string): Promise<ParsedYaml>;
}

export type ParsedYaml =
  | {
      readonly ok: true;
      readonly value: unknown;
      /** The line of a field of the outermost map, from 1; 1 for one that is not there. */
      lineOf(field: string): number;
    }
  | { readonly ok: false; readonly message: string; readonly line: number };

export type Read =
  | { readonly kind: 'read'; readonly value: unknown; readonly body: string; lineOf(field: string): number }
  | { readonly kind: 'none' }
  | { readonly kind: 'broken'; readonly message: string; readonly line: number };

/** A Markdown file as its head and the rest; lines count from 1 in the whole file. */
export async function readFrontMatter(frontMatter: FrontMatter, text: string): Promise<Read> {
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/);
  if (lines[0]?.trimEnd() !== '---') return { kind: 'none' };
  const end = lines.findIndex((line, index) => index > 0 && line.trimEnd() === '---');
  if (end < 0)
    return { kind: 'broken', message: 'its head, which begins with ---, is not closed by a second ---', line: 1 };
  const yaml = lines.slice(1, end);
  const parsed = await parseLeniently(frontMatter, yaml);
  if (!parsed.ok) return { kind: 'broken', message: parsed.message, line: parsed.line + 1 };
  const body = lines
    .slice(end + 1)
    .join('\n')
    .trim();
  return { kind: 'read', value: parsed.value, body, lineOf: (field) => parsed.lineOf(field) + 1 };
}

/** Many write a description as plain text in one line with colons in it, which is no YAML; all mean that text. */
async function parseLeniently(frontMatter: FrontMatter, lines: readonly string[]): Promise<ParsedYaml> {
  const parsed = await frontMatter.parse(lines.join('\n'));
  if (parsed.ok) return parsed;
  const quoted = lines.map((line) =>
    line.replace(/^(description|when_to_use):[ \t]+(?!["'>|])(.+)$/, (_, field: string, plain: string) => {
      return `${field}: ${JSON.stringify(plain.trim())}`;
    }),
  );
  if (quoted.every((line, index) => line === lines[index])) return parsed;
  const again = await frontMatter.parse(quoted.join('\n'));
  return again.ok ? again : parsed;
}
