/** A place in a file; `path` absolute, `line` and `column` from 1. */
export interface CodePlace {
  readonly path: string;
  readonly line: number;
  readonly column: number;
}

export interface Diagnostic extends CodePlace {
  readonly severity: 'error' | 'warning' | 'information' | 'hint';
  readonly message: string;
  /** Who says so: `ts`, `eslint`. */
  readonly source: string | null;
}

export const SYMBOL_LISTS = ['definitions', 'references', 'rename'] as const;
export type SymbolList = (typeof SYMBOL_LISTS)[number];

/**
 * What an editor's language servers know of the files of its open folders. Changes nothing. An empty list may also mean
 * that no server knows the language. Rejects with an AbortError on abort.
 */
export interface EditorIntelligence {
  /** True for files below a folder that is open in the editor. */
  knows(path: string): boolean;
  /** Of one file, once its server has looked at it. */
  diagnostics(path: string, signal: AbortSignal): Promise<readonly Diagnostic[]>;
  /** By the position of one occurrence. `rename`: everything that would change with the name. */
  symbols(list: SymbolList, at: CodePlace, signal: AbortSignal): Promise<readonly CodePlace[]>;
}
