import { cpSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import type { Role } from '../../../engine/prompts.ts';
import type { LoopEnd } from '../../../engine/queryLoop.ts';
import { queryLoop } from '../../../engine/queryLoop.ts';
import { createStructuredOutput } from '../../../engine/structuredOutput.ts';
import { createToolRouter } from '../../../engine/toolRouter.ts';
import type { JsonSchema } from '../../../protocol/conversation.ts';
import { userText } from '../../../protocol/conversation.ts';
import { createAnthropicModel } from '../../anthropicModel.ts';
import { readPrompts } from '../../briefing/promptFiles.ts';
import { systemClock } from '../../clock.ts';
import { createSchemaCheck } from '../../schemaCheck.ts';
import { createCommands } from '../../shell.ts';
import { createTools } from '../../tools/createTools.ts';
import type { Brain } from '../brain.ts';
import { startSimulator } from '../simulator.ts';

const SAMPLE = fileURLToPath(new URL('../../../../media/sample-project', import.meta.url));
const PROMPTS = fileURLToPath(new URL('../../../../media/prompts', import.meta.url));
export const NOBODY = 'no brain answered';

const commands = createCommands();
const check = createSchemaCheck();
const { prompts } = await readPrompts({ shipped: PROMPTS, personal: '/nonexistent' });
const never = new AbortController().signal;
const settings = z.object({ permissions: z.object({ allow: z.array(z.string()) }) });

/** A copy of the sample project that is removed at the end. */
export function sampleCopy(): { readonly root: string; [Symbol.dispose](): void } {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'sample-project-')));
  cpSync(SAMPLE, root, { recursive: true });
  return { root, [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true }) };
}

export async function runCommand(
  command: string,
  cwd: string,
): Promise<{ readonly ok: boolean; readonly output: string }> {
  const result = await commands.run({ command, cwd, timeoutMs: 60_000, maxChars: 100_000 }, never);
  if (result.kind === 'not-started') throw new Error(result.message);
  return { ok: result.exitCode === 0, output: result.output };
}

export interface PlayedAgent {
  readonly role: Role;
  readonly prompt: string;
  readonly cwd: string;
  readonly schema?: JsonSchema;
}

export interface Played {
  /** Its last text, or its structured answer; `NOBODY` when no brain had anything to say. */
  readonly answer: unknown;
  /** `Read src/lru.js`, in order of their ends. */
  readonly calls: readonly string[];
}

export interface Stage extends AsyncDisposable {
  play(agent: PlayedAgent): Promise<Played>;
}

/** Plays single agents through the real client, loop, tools and permissions, with a simulator that has this brain. */
export async function openStage(brain: Brain): Promise<Stage> {
  const simulator = await startSimulator({ rules: [brain, () => ({ text: NOBODY })] });
  const model = createAnthropicModel({ baseURL: simulator.url, apiKey: 'any' });
  return {
    play: async (agent) => {
      const calls: string[] = [];
      const loop = queryLoop(
        {
          system: prompts[agent.role],
          model: 'simulated',
          tools: toolsOf(agent).map((tool) => tool.spec),
          messages: [
            userText(`Your working directory is ${agent.cwd}, a git worktree of your own.\n\n${agent.prompt}`),
          ],
          maxTokens: 4_000,
          maxTurns: 12,
        },
        { model, tools: routerOf(agent, calls), compact: async (messages) => ({ messages, freedChars: 0 }) },
        never,
      );
      for (;;) {
        const step = await loop.next();
        if (step.done) return { answer: answerOf(step.value), calls };
      }
    },
    [Symbol.asyncDispose]: async () => {
      model.dispose();
      await simulator.close();
    },
  };
}

function toolsOf({ cwd, schema, role }: PlayedAgent) {
  const edits = role === 'author' || role === 'agent';
  const tools = createTools({ root: cwd, commands, clock: systemClock }).filter((tool) => edits || tool.readOnly);
  return schema === undefined ? tools : [...tools, createStructuredOutput({ schema, check })];
}

/** In mode `default`, nobody there to ask: what the sample's own settings allow must do. */
function routerOf(agent: PlayedAgent, calls: string[]) {
  const { permissions } = settings.parse(JSON.parse(readFileSync(join(SAMPLE, '.claude/settings.json'), 'utf8')));
  return createToolRouter({
    tools: toolsOf(agent),
    policy: {
      mode: 'default',
      rules: { allow: permissions.allow, ask: [], deny: [] },
      root: agent.cwd,
      ownsRoot: true,
    },
    clock: systemClock,
    ask: async () => ({ deny: 'Nobody is there to ask.' }),
    onTool: (event) => {
      if (event.type === 'tool.started' && event.tool !== 'StructuredOutput')
        calls.push(`${event.tool} ${event.summary}`);
    },
  });
}

function answerOf(end: LoopEnd): unknown {
  if (end.kind === 'done') return end.value ?? end.text;
  throw new Error(end.cause === 'api' ? end.failure.message : end.message);
}
