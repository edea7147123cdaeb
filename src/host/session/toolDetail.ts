import { clip } from '../../base/text.ts';
import { readTranscript } from '../../node/runReader.ts';
import { imageLine, type Message } from '../../protocol/conversation.ts';
import { SESSION_AGENT } from '../../protocol/session.ts';
import type { ToolDetail } from '../../protocol/sessionWire.ts';

/** As much as anybody reads in a side bar. In characters, of input and result each. */
const MOST = 20_000;

/** A call of the session's agent, from its transcript; null where that has none of that id. */
export async function toolDetail(dir: string, callId: string): Promise<ToolDetail | null> {
  return detailIn((await readTranscript(dir, SESSION_AGENT)) ?? [], callId);
}

/** The last call of that id counts. */
export function detailIn(messages: readonly Message[], callId: string): ToolDetail | null {
  const blocks = messages.flatMap<Message['content'][number]>(({ content }) => content);
  const call = blocks.findLast((block) => block.type === 'tool_use' && block.id === callId);
  if (call?.type !== 'tool_use') return null;
  const result = blocks.findLast((block) => block.type === 'tool_result' && block.toolUseId === callId);
  const said =
    result?.type === 'tool_result' ? [result.content, ...(result.images ?? []).map(imageLine)].join('\n') : null;
  return { callId, input: clip(inputText(call.input), MOST), result: said === null ? null : clip(said, MOST) };
}

/** One field a paragraph, texts as they are. It came as JSON, so that all of it can be written so. */
function inputText(input: unknown): string {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return textOf(input);
  return Object.entries(input)
    .map(([name, value]) => `${name}: ${textOf(value)}`)
    .join('\n');
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value, null, 2);
}
