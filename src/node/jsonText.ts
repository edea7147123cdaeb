import { clip } from '../base/text.ts';

export type Parsed = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly problem: string };

/** JSON as people keep it in files: a byte order mark may come first. */
export function parseJson(text: string): Parsed {
  try {
    return { ok: true, value: JSON.parse(text.replace(/^\uFEFF/, '')) };
  } catch (error) {
    return { ok: false, problem: clip(error instanceof Error ? error.message : String(error), 120) };
  }
}
