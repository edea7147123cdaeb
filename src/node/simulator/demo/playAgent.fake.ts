import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Brain } from '../brain.ts';
import { STRUCTURED_OUTPUT } from '../reply.ts';
import type { ApiMessage } from '../request.ts';
import { RequestView } from '../view.ts';

const SAMPLE = fileURLToPath(new URL('../../../../media/sample-project', import.meta.url));
const MAX_TURNS = 12;

/** A copy of the sample project that is removed at the end. */
export function sampleCopy(): { readonly root: string; [Symbol.dispose](): void } {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'sample-project-')));
  cpSync(SAMPLE, root, { recursive: true });
  return { root, [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true }) };
}

export function runCommand(command: string, cwd: string): Promise<{ readonly ok: boolean; readonly output: string }> {
  // A test runner inside a test runner reports to the outer one, unless it does not know of it.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  return new Promise((resolve) => {
    execFile('bash', ['-c', `exec 2>&1; ${command}`], { cwd, env }, (error, output) =>
      resolve({ ok: error === null, output }),
    );
  });
}

export interface PlayedAgent {
  readonly system?: string;
  readonly prompt: string;
  readonly cwd: string;
  readonly schema?: object;
}

export interface Played {
  /** Its last text, or its structured answer; undefined when the brain had nothing to say. */
  readonly answer: unknown;
  /** `Read src/lru.js`, in order. */
  readonly calls: readonly string[];
}

/** One agent's whole conversation: the brain decides, its tool calls are really done in `cwd`. */
export async function playAgent(brain: Brain, { system = '', prompt, cwd, schema }: PlayedAgent): Promise<Played> {
  const messages: ApiMessage[] = [{ role: 'user', content: `Your working directory is ${cwd}.\n\n${prompt}` }];
  const tools = ['Read', 'Edit', 'Bash'].map((name) => ({ name, input_schema: { type: 'object' as const } }));
  const answerTool = { name: STRUCTURED_OUTPUT, input_schema: { ...schema, type: 'object' as const } };
  const calls: string[] = [];
  for (let turn = 0; turn < MAX_TURNS; turn += 1) {
    const request = {
      model: 'sim',
      max_tokens: 1_000,
      system,
      messages,
      tools: schema ? [...tools, answerTool] : tools,
    };
    const reply = await brain(new RequestView(request, turn));
    if (reply === undefined) return { answer: undefined, calls };
    if (reply.structured !== undefined) return { answer: reply.structured, calls };
    if (reply.tools === undefined) return { answer: reply.text, calls };
    const uses = reply.tools.map(({ name, input }, at) => ({
      type: 'tool_use' as const,
      id: `t${turn}_${at}`,
      name,
      input,
    }));
    messages.push({ role: 'assistant', content: uses });
    const results: Extract<ApiMessage['content'], unknown[]> = [];
    for (const { id, name, input } of uses) {
      calls.push(`${name} ${text(input['path'] ?? input['command'])}`);
      const { ok, output } = await runTool(name, input, cwd);
      results.push({ type: 'tool_result', tool_use_id: id, content: output, is_error: !ok });
    }
    messages.push({ role: 'user', content: results });
  }
  throw new Error(`The agent did not end in ${MAX_TURNS} turns: ${calls.join(', ')}`);
}

async function runTool(name: string, input: Record<string, unknown>, cwd: string) {
  if (name === 'Bash') return runCommand(text(input['command']), cwd);
  const path = join(cwd, text(input['path']));
  if (!existsSync(path)) return { ok: false, output: `There is no file ${path}.` };
  const content = readFileSync(path, 'utf8');
  if (name === 'Read') {
    const numbered = content.split('\n').map((line, at) => `${String(at + 1).padStart(6)}\t${line}`);
    return { ok: true, output: numbered.join('\n') };
  }
  const [oldText, newText] = [text(input['oldText']), text(input['newText'])];
  if (content.split(oldText).length !== 2) return { ok: false, output: 'oldText must stand in the file once.' };
  writeFileSync(
    path,
    content.replace(oldText, () => newText),
  );
  return { ok: true, output: 'Edited.' };
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
