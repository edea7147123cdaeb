import { realpath } from 'node:fs/promises';
import { errnoOf, isMissing } from '../errno.ts';
import { withFile } from '../files.ts';

export type TextFile =
  | {
      readonly kind: 'text';
      /** Where it really is. */
      readonly path: string;
      readonly text: string;
      readonly cut: boolean;
    }
  | { readonly kind: 'missing' }
  | { readonly kind: 'unusable'; readonly why: string };

/** The beginning of a text file, at most `maxBytes`; links are followed, and nothing waits for a pipe. */
export async function readText(path: string, maxBytes: number): Promise<TextFile> {
  try {
    const real = await realpath(path);
    return await withFile(real, async (opened): Promise<TextFile> => {
      if (opened.kind === 'missing') return { kind: 'missing' };
      if (opened.kind !== 'file') return { kind: 'unusable', why: 'is no regular file' };
      const buffer = Buffer.alloc(Math.min(maxBytes, Number(opened.stat.size)));
      let length = 0;
      while (length < buffer.length) {
        const { bytesRead } = await opened.handle.read(buffer, length, buffer.length - length, length);
        if (bytesRead === 0) break;
        length += bytesRead;
      }
      const bytes = buffer.subarray(0, length);
      if (bytes.includes(0)) return { kind: 'unusable', why: 'is no text' };
      const text = bytes.toString('utf8').replace(/\uFFFD+$/, '');
      return { kind: 'text', path: real, text, cut: opened.stat.size > BigInt(maxBytes) };
    });
  } catch (error) {
    if (isMissing(error)) return { kind: 'missing' };
    return { kind: 'unusable', why: `cannot be read (${errnoOf(error) ?? 'unknown error'})` };
  }
}
