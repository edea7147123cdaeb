import type { Step } from '../../engine/model.fake.ts';
import type { ModelErrorCode } from '../../engine/model.ts';
import type { JsonObject } from '../../protocol/json.ts';
import type { Reply } from './reply.ts';

const STATUS: Partial<Record<ModelErrorCode, number>> = {
  auth: 401,
  'rate-limited': 429,
  overloaded: 529,
  server: 500,
  'too-long': 413,
  invalid: 400,
};

/** A step of the models' contract as the simulator plays it. */
export function simulatorReply(step: Step): Reply {
  if (step.kind === 'hangs') return { text: 'never', stall: true };
  if (step.kind === 'failed') return { error: { status: STATUS[step.code] ?? 500 } };
  const text = step.content.flatMap((block) => (block.type === 'text' ? [block.text] : [])).join('');
  const tools = step.content.flatMap((block) =>
    block.type === 'tool_use' ? [{ name: block.name, input: block.input as JsonObject }] : [],
  );
  return { ...(text !== '' && { text }), ...(tools.length > 0 && { tools }) };
}
