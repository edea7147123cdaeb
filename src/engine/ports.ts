/** Time as the core sees it: milliseconds since 1970, and a wait that ends early by rejecting with AbortError. */
export interface Clock {
  now(): number;
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

export type SchemaVerdict = { readonly ok: true } | { readonly ok: false; readonly errors: readonly string[] };

/** JSON Schema 2020-12, not strict, `format` unchecked (W22). */
export interface SchemaCheck {
  /** Null when an agent can answer by the schema (its root is an object), else what is wrong with it. */
  problem(schema: unknown): string | null;
  validate(schema: unknown, value: unknown): SchemaVerdict;
}
