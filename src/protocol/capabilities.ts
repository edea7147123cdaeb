import { contextWindowOf } from './models.ts';

/** In rising order. */
export const EFFORTS = ['low', 'medium', 'high', 'xhigh', 'max'] as const;
export type Effort = (typeof EFFORTS)[number];

/** What a model can do that a request may ask for. */
export interface Capabilities {
  /** False: it cannot call tools, so it can be no agent. */
  readonly tools: boolean;
  /** False: its answer comes whole, at the end. */
  readonly streaming: boolean;
  /** The levels it knows; none: it has no such choice. */
  readonly effort: readonly Effort[];
  /**
   * How it thinks before it answers: `always` without being asked, `asked` when a request says so, `none` as far as is
   * known. A token budget, the way of models before 4.6, is not offered: it is refused by all later ones.
   */
  readonly thinking: 'always' | 'asked' | 'none';
  /** Prompt cache breakpoints. */
  readonly caching: boolean;
  /** Tokens that prompt and reply may have together. */
  readonly contextWindow: number;
}

/** What a person says of a model that no table knows. */
export type CapabilitySettings = Partial<Pick<Capabilities, 'tools' | 'contextWindow'>>;

const TO_HIGH = ['low', 'medium', 'high'] as const satisfies readonly Effort[];
const TO_MAX = [...TO_HIGH, 'max'] as const satisfies readonly Effort[];

interface Row {
  readonly id: RegExp;
  readonly effort: readonly Effort[];
  readonly thinking: Capabilities['thinking'];
}

/**
 * By the model's name wherever it stands in an id, since each service writes it in its own way. The first that fits counts.
 * Levels: https://platform.claude.com/docs/en/build-with-claude/effort
 * Thinking: https://platform.claude.com/docs/en/build-with-claude/thinking, both as of November 2026.
 */
const ROWS: readonly Row[] = [
  { id: /claude-opus-4-5/, effort: TO_HIGH, thinking: 'none' },
  { id: /claude-(opus|sonnet)-4-6/, effort: TO_MAX, thinking: 'asked' },
  { id: /claude-opus-4-[78]/, effort: EFFORTS, thinking: 'asked' },
  { id: /claude-(opus|sonnet|fable|mythos)-([5-9]|\d\d)(?!\d)/, effort: EFFORTS, thinking: 'always' },
  { id: /claude-haiku-(5-[5-9]|[6-9]|\d\d)(?!\d)/, effort: EFFORTS, thinking: 'always' },
  { id: /claude-/, effort: [], thinking: 'none' },
];

/** What is known of a model by its id; of one that nobody has heard of, the least that an agent needs. */
export function capabilitiesOf(model: string, said: CapabilitySettings = {}): Capabilities {
  const row = ROWS.find(({ id }) => id.test(model));
  return {
    tools: said.tools ?? true,
    streaming: true,
    effort: row?.effort ?? [],
    thinking: row?.thinking ?? 'none',
    caching: row !== undefined,
    contextWindow: said.contextWindow ?? contextWindowOf(model),
  };
}

/** The highest level the model has that is not above the one asked for; null when it has none. */
export function effortFor({ effort: known }: Pick<Capabilities, 'effort'>, asked: Effort): Effort | null {
  return known.findLast((level) => EFFORTS.indexOf(level) <= EFFORTS.indexOf(asked)) ?? null;
}
