import { useEffect, useState } from 'react';
import type { Transport } from '../transport.ts';

export const VIEWS = ['graph', 'table', 'changes', 'log'] as const;
export type ViewName = (typeof VIEWS)[number];

interface View {
  readonly name: ViewName;
  /** The agent that the inspector shows. */
  readonly selected: string | null;
}

/** What is looked at. It outlives this page: the editor throws a hidden page away and makes it anew. */
export function useView(transport: Transport, runId: string | null): [View, (change: Partial<View>) => void] {
  const [view, setView] = useState(() => parseView(transport.recall()));
  useEffect(() => {
    if (runId !== null) transport.remember({ runId, view: view.name, selected: view.selected });
  }, [transport, runId, view]);
  return [view, (change) => setView((known) => ({ ...known, ...change }))];
}

/** Whatever an earlier version remembered, this one shows something. */
function parseView(memory: unknown): View {
  const fields: Readonly<Record<string, unknown>> = typeof memory === 'object' && memory !== null ? { ...memory } : {};
  const { selected } = fields;
  return {
    name: VIEWS.find((name) => name === fields['view']) ?? 'graph',
    selected: typeof selected === 'string' ? selected : null,
  };
}
