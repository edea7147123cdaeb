import { throwIfAborted } from '../../base/abort.ts';
import type { CodePlace, Diagnostic, EditorIntelligence, SymbolList } from './editorIntelligence.ts';

export interface FakeIntelligence extends EditorIntelligence {
  readonly asked: readonly { readonly what: SymbolList | 'diagnostics'; readonly at: string }[];
}

/** An editor with one open folder, which answers every question in the same way. */
export function fakeIntelligence(
  folder: string,
  knows: { readonly diagnostics?: readonly Diagnostic[]; readonly places?: readonly CodePlace[] },
): FakeIntelligence {
  const asked: { what: SymbolList | 'diagnostics'; at: string }[] = [];
  return {
    asked,
    knows: (path) => path.startsWith(`${folder}/`),
    diagnostics: async (path, signal) => {
      throwIfAborted(signal);
      asked.push({ what: 'diagnostics', at: path });
      return knows.diagnostics ?? [];
    },
    symbols: async (list, { path, line, column }, signal) => {
      throwIfAborted(signal);
      asked.push({ what: list, at: `${path}:${line}:${column}` });
      return knows.places ?? [];
    },
  };
}
