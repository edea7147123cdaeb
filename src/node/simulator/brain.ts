import { headline } from '../../base/text.ts';
import { seedOf } from './random.ts';
import { STRUCTURED_OUTPUT, type Reply } from './reply.ts';
import { schemaInstance } from './schemaInstance.ts';
import type { RequestView } from './view.ts';

/** Decides what the simulated model answers; undefined leaves it to the next brain. */
export type Brain = (view: RequestView) => Reply | undefined | Promise<Reply | undefined>;

/** The first answer of a list wins. */
export function firstOf(brains: readonly Brain[]): Brain {
  return async (view) => {
    for (const brain of brains) {
      const answer = brain(view);
      const reply = answer instanceof Promise ? await answer : answer;
      if (reply !== undefined) return reply;
    }
    return undefined;
  };
}

/**
 * Answers everything: where data is wanted, a valid instance of the schema, else the head of the task. The same
 * question gets the same answer, whenever it comes.
 */
export function defaultBrain(seed: number): Brain {
  return (view) => {
    const { schema } = view;
    const answered = view.results.some((result) => result.name === STRUCTURED_OUTPUT && !result.isError);
    if (schema === undefined || answered) return { text: `Simulated answer to: ${headline(view.task, 120)}` };
    const own = (seed ^ seedOf(`${view.model}\n${view.prompt}\n${view.turn}`)) >>> 0;
    return { structured: schemaInstance(schema, own) };
  };
}
