import { join } from 'node:path';
import * as z from 'zod';
import { servedTerms } from '../../protocol/serve.ts';
import { parseJson } from '../ndjson.ts';
import { isRunId, readText, writeWhole } from '../runFiles.ts';
import { serveFolder } from './serveLock.ts';

const runId = z.string().refine(isRunId);

const heldItem = z.strictObject({
  kind: z.literal(['run', 'session']),
  id: runId,
  /** Of a run that a session has started: it hears of the end. */
  session: z.exactOptional(runId),
  /** As whoever handed it over has said. */
  terms: servedTerms,
});

/** A run or session that the serving process has until it has ended by itself or by a person's word. */
export type HeldItem = z.infer<typeof heldItem>;

const heldFile = z.object({ version: z.literal(1), held: z.array(heldItem) });

/** What the serving process of a home has, on disk: what one of them leaves behind the next one takes up. */
export class HeldWork {
  readonly #path: string;
  readonly #held: Map<string, HeldItem>;
  /** The last write; each waits for the one before. */
  #written: Promise<void> = Promise.resolve();

  private constructor(path: string, held: readonly HeldItem[]) {
    this.#path = path;
    this.#held = new Map(held.map((item) => [item.id, item]));
  }

  /** What the last one left, and what is wrong with it: a file that is damaged holds nothing. */
  static async open(home: string): Promise<{ readonly work: HeldWork; readonly problem: string | null }> {
    const path = join(serveFolder(home), 'held.json');
    const text = await readText(path);
    const parsed = text === null ? null : heldFile.safeParse(parseJson(text));
    const problem = parsed?.success === false ? `${path} is damaged: what was served before is not taken up.` : null;
    return { work: new HeldWork(path, parsed?.data?.held ?? []), problem };
  }

  get items(): readonly HeldItem[] {
    return [...this.#held.values()];
  }

  get(id: string): HeldItem | undefined {
    return this.#held.get(id);
  }

  /** Resolves when it is on disk. */
  async hold(item: HeldItem): Promise<void> {
    this.#held.set(item.id, item);
    await this.#write();
  }

  async letGo(id: string): Promise<void> {
    if (this.#held.delete(id)) await this.#write();
  }

  #write(): Promise<void> {
    const next = this.#written.then(() =>
      writeWhole(this.#path, `${JSON.stringify({ version: 1, held: this.items }, null, 2)}\n`),
    );
    this.#written = next.catch(() => undefined);
    return next;
  }
}
