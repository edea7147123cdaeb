/** What an option may hold. The types, the reference and the check of literal values are made from it. */
export type Kind =
  | { readonly kind: 'text'; readonly filled?: true }
  /** A whole number from 1. */
  | { readonly kind: 'count'; readonly max?: number }
  | { readonly kind: 'oneOf'; readonly values: readonly string[] }
  | { readonly kind: 'texts'; readonly filled?: true }
  | { readonly kind: 'schema' }
  | { readonly kind: 'flag' }
  /** Anything else: a TypeScript type, which no literal is checked against. */
  | { readonly kind: 'typed'; readonly type: string };

export interface ApiOption {
  readonly name: string;
  readonly holds: Kind;
  /** What counts without it, in words or as code in backticks. */
  readonly default: string;
  readonly doc: string;
  readonly required?: true;
}

export interface ApiOptions {
  /** The interface's name in `workflow.d.ts`. */
  readonly typeName: string;
  /** Which argument of the call they are, from 0. */
  readonly at: number;
  readonly list: readonly ApiOption[];
  /** What becomes of unknown ones: they are ignored with a warning (W28), or the call throws. */
  readonly unknown?: 'throws';
}

/** A property of a global that is an object. */
export interface ApiMember {
  readonly name: string;
  /** As in a TypeScript interface: `readonly total: number | null`. */
  readonly declaration: string;
  readonly doc: string;
  readonly options?: ApiOptions;
}

/** One global of scripts. */
export interface ApiEntry {
  readonly name: string;
  readonly group: 'agents' | 'changes' | 'checks' | 'flow' | 'patterns' | 'run' | 'platform';
  /** Rows of the script contract, whose ids tests begin with. */
  readonly rows: readonly string[];
  /** For people, who do not need every type: `agent(prompt, opts?)`. */
  readonly signature: string;
  /** TypeScript declarations, each gets the doc as its hover text; without them, `members` make an object. */
  readonly declarations?: readonly string[];
  /** TypeScript types that the declarations name. */
  readonly types?: string;
  /** One paragraph. */
  readonly doc: string;
  readonly options?: ApiOptions;
  readonly members?: readonly ApiMember[];
  /** When it throws or rejects: a sentence each. */
  readonly errors?: readonly string[];
  /** Statements of a script, complete enough to be checked. */
  readonly examples?: readonly string[];
}

/** The TypeScript type of what an option holds. */
export function typeOf(kind: Kind): string {
  switch (kind.kind) {
    case 'text':
      return 'string';
    case 'count':
      return 'number';
    case 'oneOf':
      return kind.values.map((value) => `'${value}'`).join(' | ');
    case 'texts':
      return 'readonly string[]';
    case 'schema':
      return 'JsonSchema';
    case 'flag':
      return 'boolean';
    case 'typed':
      return kind.type;
  }
}

/** What it must be, for an error: `a whole number from 1 to 10`. */
export function wordsFor(kind: Kind): string {
  switch (kind.kind) {
    case 'text':
      return kind.filled ? 'a string that is not empty' : 'a string';
    case 'count':
      return kind.max === undefined ? 'a whole number from 1' : `a whole number from 1 to ${kind.max}`;
    case 'oneOf':
      return kind.values.map((value) => `'${value}'`).join(' or ');
    case 'texts':
      return kind.filled ? 'a list of strings that is not empty' : 'a list of strings';
    case 'schema':
      return "a JSON Schema object whose root has the type 'object'";
    case 'flag':
      return 'true or false';
    case 'typed':
      return kind.type;
  }
}
