import * as z from 'zod';
import { conversationProblem } from './conversationProblem.ts';

const cacheControl = z.looseObject({ type: z.literal('ephemeral') }).nullish();
const textBlock = z.looseObject({ type: z.literal('text'), text: z.string(), cache_control: cacheControl });

const contentBlock = z.discriminatedUnion('type', [
  textBlock,
  z.looseObject({
    type: z.literal('tool_use'),
    id: z.string().regex(/^[a-zA-Z0-9_-]+$/, 'String should match pattern ^[a-zA-Z0-9_-]+$'),
    name: z.string().min(1),
    input: z.record(z.string(), z.unknown()),
    cache_control: cacheControl,
  }),
  z.looseObject({
    type: z.literal('tool_result'),
    tool_use_id: z.string().min(1),
    content: z.union([z.string(), z.array(z.looseObject({ type: z.string() }))]).optional(),
    is_error: z.boolean().nullish(),
    cache_control: cacheControl,
  }),
  z.looseObject({ type: z.literal('image'), cache_control: cacheControl }),
  z.looseObject({ type: z.literal('document'), cache_control: cacheControl }),
  z.looseObject({ type: z.literal('thinking') }),
  z.looseObject({ type: z.literal('redacted_thinking') }),
]);

const message = z.looseObject({
  role: z.enum(['user', 'assistant', 'system']),
  content: z.union([z.string(), z.array(contentBlock)]),
});

const tool = z.looseObject({
  name: z.string().regex(/^[a-zA-Z0-9_-]{1,128}$/, 'String should match pattern ^[a-zA-Z0-9_-]{1,128}$'),
  description: z.string().optional(),
  input_schema: z.looseObject({ type: z.literal('object') }),
  cache_control: cacheControl,
});

/** What `count_tokens` takes; other members pass through unread. */
const prompt = z.looseObject({
  model: z.string().min(1),
  system: z.union([z.string(), z.array(textBlock)]).optional(),
  messages: z.array(message).min(1, 'at least one message is required'),
  tools: z.array(tool).optional(),
});

const fullRequest = prompt.extend({ max_tokens: z.int().min(1), stream: z.boolean().optional() });

export type ApiBlock = z.infer<typeof contentBlock>;
export type ApiMessage = z.infer<typeof message>;
export type ApiTool = z.infer<typeof tool>;
export type ApiPrompt = z.infer<typeof prompt>;
export type ApiRequest = z.infer<typeof fullRequest>;

export type ParsedRequest<T> =
  { readonly ok: true; readonly request: T } | { readonly ok: false; readonly problem: string };

/** The body of `POST /v1/messages`; a problem names its place as the API does (`messages.0.role: …`). */
export function parseRequest(body: unknown): ParsedRequest<ApiRequest> {
  return checked(fullRequest.safeParse(body));
}

/** The body of `POST /v1/messages/count_tokens`. */
export function parsePrompt(body: unknown): ParsedRequest<ApiPrompt> {
  return checked(prompt.safeParse(body));
}

/** The system prompt's blocks, joined by line breaks. */
export function systemText({ system = '' }: ApiPrompt): string {
  return typeof system === 'string' ? system : system.map((block) => block.text).join('\n');
}

function checked<T extends ApiPrompt>(parsed: z.ZodSafeParseResult<T>): ParsedRequest<T> {
  if (!parsed.success) return { ok: false, problem: firstProblem(parsed.error) };
  const problem = conversationProblem(parsed.data);
  return problem === undefined ? { ok: true, request: parsed.data } : { ok: false, problem };
}

function firstProblem(error: z.ZodError): string {
  const issue = error.issues[0];
  if (issue === undefined) return 'invalid request';
  const place = issue.path.join('.');
  const missing = issue.code === 'invalid_type' && issue.message.endsWith('received undefined');
  return `${place === '' ? '' : `${place}: `}${missing ? 'Field required' : issue.message}`;
}
