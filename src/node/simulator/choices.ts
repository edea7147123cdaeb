import type { Json } from '../../protocol/json.ts';

/**
 * What whoever asks for an instance wants to choose itself; what is left undefined is left to chance, and what the schema
 * does not allow is not done. A path names a place in the value, `$.items[].done`, for all items of a list alike.
 */
export interface Choices {
  /** Items of a list, as far as the schema allows that many. */
  readonly length?: (path: string) => number | undefined;
  readonly flag?: (path: string) => boolean | undefined;
  /** One of `allowed`, the values of an `enum`. */
  readonly member?: (path: string, allowed: readonly Json[]) => Json | undefined;
  /** As far as the schema allows it. */
  readonly number?: (path: string) => number | undefined;
  /** A text without a pattern or a format. `description`: what the schema says about it. */
  readonly text?: (path: string, description: string) => string | undefined;
}
