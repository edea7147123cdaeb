import * as z from 'zod';
import { count } from '../../base/text.ts';
import { defineTool } from '../../engine/defineTool.ts';
import type { Tool, ToolOutcome } from '../../engine/tool.ts';
import { readBytes, versionOf, withFile, type FileVersion, type OpenFile, type Opened } from '../files.ts';
import { putFile } from './putFile.ts';
import { BYTE_ORDER_MARK, decodeText, encodeText, hasCrlf, toCrlf, type Encoding } from './textEncoding.ts';
import { locate, movedAway, notRegular, refused, type Target, type Workspace } from './workspace.ts';

/** Of a file that is replaced, so much is looked at to learn its line ends. */
const HEAD_BYTES = 1024 * 1024;

const input = z.strictObject({
  path: z.string().min(1).describe('The file: relative to your working directory, or absolute.'),
  content: z.string().describe('The whole content of the file.'),
});

export function createWriteTool(workspace: Workspace): Tool {
  return defineTool({
    name: 'Write',
    description: [
      'Writes a whole file; folders on the way are made. A file that exists is replaced, and you must have read it before with Read.',
      'Line ends, encoding and byte order mark of a file that is replaced stay; a new one is UTF-8 as you write it.',
      'To change a part of a file use Edit. Write no file that the task does not need.',
    ].join('\n'),
    readOnly: false,
    input,
    async plan({ path, content }) {
      const target = await locate(workspace, path);
      return {
        summary: target.shown,
        permission: { tool: 'Write', access: 'write', subject: target.path },
        run: async () => {
          if (!(await target.stillLeadsThere())) return movedAway(target);
          const before = await withFile(target.path, (opened) => judged(workspace, target, opened));
          return before.kind === 'writable' ? write(workspace, target, content, before) : before;
        },
      };
    },
  });
}

interface Writable {
  readonly kind: 'writable';
  readonly mode: number | null;
  readonly before: FileVersion | null;
  readonly form: Form;
}

/** How the text of a file stands in it. */
interface Form {
  readonly encoding: Encoding;
  readonly marked: boolean;
  readonly crlf: boolean;
  /** What it was, where it cannot stay so: `is not UTF-8 text`. */
  readonly lost?: string;
}

const NEW_FORM: Form = { encoding: 'utf-8', marked: false, crlf: false };

async function judged(workspace: Workspace, target: Target, opened: Opened): Promise<Writable | ToolOutcome> {
  switch (opened.kind) {
    case 'missing':
      return { kind: 'writable', mode: null, before: null, form: NEW_FORM };
    case 'special':
      return notRegular(target);
    case 'folder':
      return refused(`${target.shown} is a folder; give the path of a file.`);
    case 'file': {
      const seen = workspace.seen.get(target.path);
      const before = versionOf(opened.stat);
      if (seen === undefined)
        return refused(`${target.shown} exists already. Read it first, then write it again or change it with Edit.`);
      if (seen !== before)
        return refused(`${target.shown} has changed since you read it. Read it again before you write it.`);
      return { kind: 'writable', mode: Number(opened.stat.mode & 0o7777n), before, form: await formOf(opened) };
    }
  }
}

async function formOf({ handle }: OpenFile): Promise<Form> {
  const head = await readBytes(handle, HEAD_BYTES);
  const decoded = decodeText(head, head.length < HEAD_BYTES);
  if (decoded.kind === 'undecodable') return { ...NEW_FORM, lost: decoded.reason };
  const { text, encoding } = decoded;
  return { encoding, marked: text.startsWith(BYTE_ORDER_MARK), crlf: hasCrlf(text) };
}

function formed(content: string, { encoding, marked, crlf }: Form): Buffer {
  const text = crlf ? toCrlf(content) : content;
  return encodeText(marked && !text.startsWith(BYTE_ORDER_MARK) ? `${BYTE_ORDER_MARK}${text}` : text, encoding);
}

async function write(
  workspace: Workspace,
  target: Target,
  content: string,
  { mode, before, form }: Writable,
): Promise<ToolOutcome> {
  const failed = await putFile(workspace, target, formed(content, form), { mode, before });
  if (failed !== null) return failed;
  const lines = content === '' ? 0 : content.replace(/\n$/, '').split('\n').length;
  const did = `${before === null ? 'Created' : 'Replaced'} ${target.shown} (${count(lines, 'line')}).`;
  return { kind: 'ok', content: form.lost === undefined ? did : `${did} The old file ${form.lost}; it is UTF-8 now.` };
}
