/** What plays of the same script came to, with `likely` between the two. */
export interface Range {
  readonly min: number;
  readonly likely: number;
  readonly max: number;
}

/** What a run is going to take, before it is started. */
export interface Forecast {
  readonly agents: Range;
  readonly outputTokens: Range;
  /** Null: a model without a known price. */
  readonly usd: Range | null;
  /** Milliseconds on the wall. */
  readonly ms: Range;
  /** False: a play did not end by itself, and the upper ends say only where it was given up. */
  readonly bounded: boolean;
}
