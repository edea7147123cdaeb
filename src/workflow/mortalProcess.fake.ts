import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { throwIfAborted } from '../base/abort.ts';
import { FakeClock } from '../engine/clock.fake.ts';
import type { Model, ModelReply } from '../engine/model.ts';
import { NO_USAGE } from '../protocol/usage.ts';
import { fakeBriefing } from './briefing.fake.ts';
import { createFakeCommands } from './commands.fake.ts';
import { createRuntime } from './createRuntime.ts';
import { createFakeDefinitions } from './definitions.fake.ts';
import { createFakeFrontMatter } from './frontMatter.fake.ts';
import { createLimiter } from './limiter.ts';
import { FakePressure } from './pressure.fake.ts';
import type { FakeRunStore } from './runStore.fake.ts';
import type { Runtime } from './runtime.ts';
import { createFakeSandbox } from './sandbox.fake.ts';
import { createFakeWorkFiles } from './workFiles.fake.ts';
import { createFakeRepository } from './worktrees.fake.ts';
import type { OpenRun } from './runStore.ts';

/** A script as a tree: calls one after the other, or all at once. A leaf is a prompt; the same one may stand in many. */
export type Tree = string | { readonly kind: 'row' | 'fan'; readonly of: readonly Tree[] };

const PROMPTS = ['p0', 'p1', 'p2', 'p3', 'p4', 'p5'];
export const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    fc.constantFrom(...PROMPTS),
    fc.record({
      kind: fc.constantFrom('row' as const, 'fan' as const),
      of: fc.array(tie('tree'), { minLength: 1, maxLength: 4 }),
    }),
  ),
}));

function textOf(node: Tree): string {
  if (typeof node === 'string') return `await agent(${JSON.stringify(node)})`;
  if (node.kind === 'row') return `[${node.of.map(textOf).join(', ')}]`;
  return `await parallel([${node.of.map((child) => `async () => ${textOf(child)}`).join(', ')}])`;
}

export function leaves(node: Tree): readonly string[] {
  return typeof node === 'string' ? [node] : node.of.flatMap(leaves);
}

export const scriptOf = (node: Tree): string =>
  `export const meta = { name: 'tree', description: 'A tree.' };\nreturn ${textOf(node)};`;

/** A process over a store that outlives it: what it asked the model, and a way to kill it. */
export class Process {
  readonly asked: string[] = [];
  readonly clock = new FakeClock();
  readonly runtime: Runtime;
  #dead = false;
  #answers = 0;

  constructor(
    store: FakeRunStore,
    { diesAfter = Infinity, turns = 1, fails = () => false, script: edited = '' }: Fate,
  ) {
    const { clock } = this;
    const model: Model = {
      reply: async (request, signal): Promise<ModelReply> => {
        const prompt = promptOf(request.messages[0]?.content[0]);
        this.asked.push(prompt);
        for (let left = turns; left > 0; left -= 1) {
          await Promise.resolve();
          if (!this.#dead) this.onTurn();
          throwIfAborted(signal);
        }
        if (this.#dead || this.#answers >= diesAfter) return this.#die();
        this.#answers += 1;
        if (fails(prompt, this.asked.filter((one) => one === prompt).length))
          return { kind: 'failed', code: 'invalid', message: 'it fails' };
        const message = { role: 'assistant', content: [{ type: 'text', text: `answer to ${prompt}` }] } as const;
        return { kind: 'replied', message, usage: NO_USAGE, stopReason: 'end', model: request.model };
      },
    };
    const repository = createFakeRepository();
    repository.setState({ kind: 'no-git', message: 'no git' });
    let ids = 0;
    this.runtime = createRuntime(
      {
        modelFor: createLimiter(model, { clock, random: () => 0 }).bind,
        sandbox: createFakeSandbox(),
        worktrees: repository.worktrees,
        merge: repository.merge,
        files: createFakeWorkFiles(repository),
        commands: createFakeCommands(),
        store: this.#mortal(store),
        library: {
          byName: async () => ({ kind: 'missing', message: 'none' }),
          names: async () => [],
          byPath: async (path) => ({
            kind: 'found',
            file: { path, bytes: new TextEncoder().encode(edited), origin: 'file' },
          }),
        },
        definitions: createFakeDefinitions(),
        frontMatter: createFakeFrontMatter(),
        schemaCheck: { problem: () => null, validate: () => ({ ok: true }) },
        pressure: new FakePressure(),
        clock,
        newId: () => `id${(ids += 1)}`,
        sha256: (text) => createHash('sha256').update(text).digest('hex'),
        toolsFor: () => [],
        briefing: fakeBriefing(),
        permissionRules: async () => ({ rules: { allow: [], ask: [], deny: [] }, warnings: [] }),
      },
      { defaultModel: 'sonnet', modelSource: { kind: 'simulated', rulesText: null } },
    );
  }

  died: () => void = () => undefined;
  /** In the middle of a reply. */
  onTurn: () => void = () => undefined;

  #die(): Promise<never> {
    this.#dead = true;
    this.died();
    return new Promise(() => undefined);
  }

  /** What a dead process writes reaches no disk, and what it waits for never comes. */
  #mortal(store: FakeRunStore): FakeRunStore {
    const guarded = (run: OpenRun): OpenRun =>
      new Proxy(run, {
        get: (target, key) => {
          const value: unknown = Reflect.get(target, key);
          if (typeof value !== 'function' || key === 'readTranscript') return value;
          return (...args: readonly unknown[]): unknown =>
            this.#dead ? new Promise(() => undefined) : (Reflect.apply(value, target, args) as unknown);
        },
      });
    return {
      ...store,
      create: async (manifest, script) => guarded(await store.create(manifest, script)),
      open: async (runId) => {
        const opened = await store.open(runId);
        return opened.kind === 'opened' ? { ...opened, run: guarded(opened.run) } : opened;
      },
    };
  }
}

interface Fate {
  /** Answers that it still gets. */
  readonly diesAfter?: number;
  /** How often others come to their turn before an answer is there. */
  readonly turns?: number;
  readonly fails?: (prompt: string, nth: number) => boolean;
  /** What stands in the file of the script. */
  readonly script?: string;
}

function promptOf(block: unknown): string {
  const { text } = block as { readonly text: string };
  return text.slice(text.lastIndexOf('\n') + 1);
}

/** How often each is there. */
export const counted = (prompts: readonly string[]): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const prompt of prompts) counts[prompt] = (counts[prompt] ?? 0) + 1;
  return counts;
};
/** The prompts that the store has an answer to. */
export function answered(store: FakeRunStore, runId: string): readonly string[] {
  const journal = store.runs.get(runId)?.journal ?? [];
  return journal.flatMap((line) =>
    'value' in line && typeof line.value === 'string' ? [line.value.replace('answer to ', '')] : [],
  );
}
