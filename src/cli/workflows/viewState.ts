import { agentsOf, shownPhases } from '../../projection/select.ts';
import type { AgentNode } from '../../projection/state.ts';
import type { ControlBody } from '../../protocol/control.ts';
import type { SeenRun } from './seenRun.ts';

export type Page =
  /** Null: the first one. */
  | { readonly kind: 'list'; readonly runId: string | null }
  | { readonly kind: 'run'; readonly runId: string; readonly agentId: string | null }
  /** `top`: the line that is shown first. */
  | { readonly kind: 'agent'; readonly runId: string; readonly agentId: string; readonly top: number };

/** What is to be done besides looking. */
export type Act =
  | { readonly type: 'leave' }
  | { readonly type: 'tell'; readonly runId: string; readonly body: ControlBody; readonly said: string }
  /** Find out what a resume would rest on, and ask. */
  | { readonly type: 'preview'; readonly runId: string }
  | { readonly type: 'resume'; readonly runId: string };

export interface ViewState {
  /** How the person came here; the last one is shown. */
  readonly pages: readonly [Page, ...Page[]];
  readonly help: boolean;
  /** Done on `y`; any other key drops it. */
  readonly asking: { readonly question: string; readonly act: Act } | null;
  /** What came of the last act; until the next key. */
  readonly note: string;
}

export const FIRST_VIEW: ViewState = { pages: [{ kind: 'list', runId: null }], help: false, asking: null, note: '' };

export interface Pressed {
  readonly view: ViewState;
  readonly act: Act | null;
}

export function pageOf({ pages }: ViewState): Page {
  return pages.at(-1) ?? pages[0];
}

/** The run that the page is about, or that is chosen in the list. */
export function runOf(page: Page, runs: readonly SeenRun[]): SeenRun | undefined {
  const named = runs.find(({ summary }) => summary.runId === page.runId);
  return named ?? (page.kind === 'list' ? runs[0] : undefined);
}

/** In the order of their phases. */
export function agentsOfRun({ state }: SeenRun): readonly AgentNode[] {
  return state === null ? [] : shownPhases(state).flatMap((phase) => agentsOf(state, phase));
}

export function chosenAgent(run: SeenRun, agentId: string | null): AgentNode | undefined {
  const agents = agentsOfRun(run);
  return agents.find(({ id }) => id === agentId) ?? agents[0];
}
