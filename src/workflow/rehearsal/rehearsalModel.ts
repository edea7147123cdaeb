import type { Model, ModelReply, ModelRequest, ToolSpec } from '../../engine/model.ts';
import type { AssistantBlock, JsonSchema, Message } from '../../protocol/conversation.ts';
import { isJsonObject, type Json } from '../../protocol/json.ts';
import type { AnswerChoices, Answers } from './answerChoices.ts';
import type { Access, Figures } from './figures.ts';
import type { Scenario } from './scenario.ts';
import type { TracedAgent, TraceRecorder } from './trace.ts';
import type { VirtualClock } from './virtualClock.ts';

/** A value that satisfies the schema, the same for the same seed; a wrong one where none could be found. */
export type MakeAnswer = (schema: JsonSchema, seed: number, choices: AnswerChoices) => Json;

export interface RehearsalModelDeps {
  readonly clock: VirtualClock;
  readonly trace: TraceRecorder;
  readonly scenario: Scenario;
  readonly answers: Answers;
  readonly figures: Figures;
  readonly makeAnswer: MakeAnswer;
}

/** Of English text: https://docs.claude.com/en/docs/about-claude/glossary#tokens */
const CHARS_PER_TOKEN = 4;
/** Every so many agents one dies where some do. */
const DEATHS = 4;
const STRUCTURED_OUTPUT = 'StructuredOutput';
const WRITING = new Set(['Edit', 'MultiEdit', 'Write', 'Bash']);

/** A model that answers at once by schema, and lets as much virtual time pass and counts as many tokens as an agent takes. */
export function createRehearsalModel(deps: RehearsalModelDeps): Model {
  const conversations = new WeakMap<Message, string>();
  const { clock, trace, answers, figures } = deps;
  let asked = 0;

  const agentOf = (request: ModelRequest): TracedAgent | null => {
    const [first] = request.messages;
    if (!first) return null;
    const known = conversations.get(first);
    if (known !== undefined) return trace.agent(known) ?? null;
    const agent = trace.agentAsked(textOf(first));
    if (agent) conversations.set(first, agent.agentId);
    return agent;
  };

  return {
    reply: async (request, signal): Promise<ModelReply> => {
      const agent = agentOf(request);
      const schema = request.tools.find(({ name }) => name === STRUCTURED_OUTPUT)?.inputSchema;
      if (agent?.replies === 0) asked += 1;
      const dies = agent !== null && isDoomed(deps.scenario, asked);
      const needs = { access: accessOf(request), effort: request.effort ?? null, promptTokens: promptTokens(request) };
      if (agent) {
        // A reviewer's form is not the script's: what it is refused for is a quote, which was made up.
        if (agent.kind !== 'reviewer' && isRefused(request)) trace.unanswered(agent.label);
        trace.asked(agent.agentId, { ...needs, schema: schema ? JSON.stringify(schema) : null, dies });
      }
      const kind = agent?.kind ?? 'agent';
      const used = figures.of({ kind, phase: agent?.phase ?? null, ...needs, replies: 1 }, 'likely');
      // No two agents take equally long, which is what a barrier costs.
      await clock.sleep(used.ms * (0.6 + 0.8 * answers.draw('pace')), signal);
      clock.cause = agent?.agentId ?? clock.cause;
      if (dies) return { kind: 'failed', code: 'invalid', message: 'This agent died, for the sake of the rehearsal.' };
      return {
        kind: 'replied',
        message: { role: 'assistant', content: [contentOf(deps, request, agent, schema)] },
        usage: rounded(used.usage, request.maxTokens),
        stopReason: schema ? 'tool-use' : 'end',
        model: request.model,
      };
    },
  };
}

function contentOf(
  { trace, answers, makeAnswer }: RehearsalModelDeps,
  request: ModelRequest,
  agent: TracedAgent | null,
  schema: JsonSchema | undefined,
): AssistantBlock {
  const [first] = request.messages;
  const prompt = first === undefined ? '' : textOf(first);
  const form = schema ? JSON.stringify(schema) : null;
  const before = agent ? [...trace.ancestors(agent)] : [];
  const answerer = {
    phase: agent?.phase ?? null,
    prompt,
    rounds: before.filter((one) => one.schema === form).length,
    short: agent?.kind === 'reviewer' || before.some((one) => one.schema !== null && one.schema !== form),
  };
  if (!schema) return { type: 'text', text: `${answers.prose({ ...answerer, prompt: taskOf(prompt) })}\n${SENTENCES}` };
  const choices = answers.choicesFor(answerer);
  const value = makeAnswer(schema, Math.floor(answers.draw('answer') * 2 ** 32), choices);
  const input = isJsonObject(value) ? value : { value };
  return { type: 'tool_use', id: `made-up-${request.messages.length}`, name: STRUCTURED_OUTPUT, input };
}

/** Behind what every agent is told. */
function taskOf(prompt: string): string {
  return prompt.slice(prompt.indexOf('\n\n') + 2);
}

/** As long as a short answer, so that prompts which quote it are about as long as they are going to be. */
const SENTENCES = 'It has some sentences, as an answer would. '.repeat(20);

function isDoomed({ deaths }: Scenario, asked: number): boolean {
  if (deaths === 'first') return asked === 1;
  return deaths === 'some' && asked % DEATHS === 2;
}

/** Its last answer was not in the form that was asked for. */
function isRefused({ messages }: ModelRequest): boolean {
  const last = messages.at(-1);
  return last?.role === 'user' && last.content.some((block) => block.type === 'tool_result' && block.isError);
}

function accessOf({ tools }: ModelRequest): Access {
  const names = tools.map(({ name }) => name).filter((name) => name !== STRUCTURED_OUTPUT);
  if (names.length === 0) return 'none';
  return names.some((name) => WRITING.has(name)) ? 'write' : 'read';
}

function promptTokens({ system, tools, messages }: ModelRequest): number {
  const shown = tools.reduce((chars, tool) => chars + charsOf(tool), 0);
  return Math.ceil((system.length + shown + JSON.stringify(messages).length) / CHARS_PER_TOKEN);
}

/** Hundreds of agents are shown the same few tools. */
const toolChars = new WeakMap<JsonSchema, number>();

function charsOf(tool: ToolSpec): number {
  const known = toolChars.get(tool.inputSchema);
  if (known !== undefined) return known;
  const chars = JSON.stringify(tool).length;
  toolChars.set(tool.inputSchema, chars);
  return chars;
}

function rounded(usage: { readonly [Count in keyof Counts]: number }, most: number): Counts {
  return {
    inputTokens: Math.round(usage.inputTokens),
    outputTokens: Math.min(most, Math.round(usage.outputTokens)),
    cacheReadTokens: Math.round(usage.cacheReadTokens),
    cacheWriteTokens: Math.round(usage.cacheWriteTokens),
  };
}

type Counts = Extract<ModelReply, { kind: 'replied' }>['usage'];

function textOf(message: Message): string {
  return message.content.map((block) => (block.type === 'text' ? block.text : '')).join('\n');
}
