import { shownPhases } from '../../projection/select.ts';
import type { AgentNode } from '../../projection/state.ts';
import { keyName, type KeyName } from './keyNames.ts';
import type { SeenRun } from './seenRun.ts';
import { steer } from './steer.ts';
import { agentsOfRun, chosenAgent, pageOf, runOf, type Page, type Pressed, type ViewState } from './viewState.ts';

/** What a key works on. */
export interface Seen {
  readonly runs: readonly SeenRun[];
  /** Lines of the agent's page, and how many of them there is room for. */
  readonly lines: number;
  readonly room: number;
}

/** After one more key. */
export function press(view: ViewState, key: string, seen: Seen): Pressed {
  const { asking } = view;
  const next: ViewState = { ...view, note: '', asking: null };
  if (asking) return { view: next, act: /^y$/i.test(key) ? asking.act : null };
  const name = keyName(key);
  if (view.help || name === 'help') return { view: { ...next, help: !view.help }, act: null };
  if (name === null) return { view: next, act: null };
  if (name === 'back') return back(next);
  const page = pageOf(view);
  const run = runOf(page, seen.runs);
  if (name === 'pause' || name === 'stop' || name === 'resume') return run ? steer(next, name, run) : still(next);
  if (name === 'open') return still(opened(next, page, run));
  return still(withPage(next, moved(page, name, run, seen)));
}

function still(view: ViewState): Pressed {
  return { view, act: null };
}

function back(view: ViewState): Pressed {
  const [first, ...rest] = view.pages;
  if (rest.length === 0) return { view, act: { type: 'leave' } };
  return still({ ...view, pages: [first, ...rest.slice(0, -1)] });
}

function withPage(view: ViewState, page: Page): ViewState {
  const [first, ...rest] = view.pages;
  return { ...view, pages: rest.length === 0 ? [page] : [first, ...rest.slice(0, -1), page] };
}

function opened(view: ViewState, page: Page, run: SeenRun | undefined): ViewState {
  if (!run || page.kind === 'agent') return view;
  const { runId } = run.summary;
  // In the list stays what was chosen, also when newer runs come.
  if (page.kind === 'list')
    return {
      ...view,
      pages: [
        { kind: 'list', runId },
        { kind: 'run', runId, agentId: null },
      ],
    };
  const agent = chosenAgent(run, page.agentId);
  return agent ? { ...view, pages: [...view.pages, { kind: 'agent', runId, agentId: agent.id, top: 0 }] } : view;
}

function moved(page: Page, name: KeyName, run: SeenRun | undefined, seen: Seen): Page {
  const step = stepOf(name, Math.max(1, seen.room - 1));
  if (page.kind === 'agent') {
    const top = Math.min(Math.max(0, page.top + step), Math.max(0, seen.lines - seen.room));
    return { ...page, top };
  }
  if (page.kind === 'list') {
    const ids = seen.runs.map(({ summary }) => summary.runId);
    return { ...page, runId: stepped(ids, run?.summary.runId ?? null, step) };
  }
  if (!run) return page;
  const here = chosenAgent(run, page.agentId);
  if (name === 'left' || name === 'right') return { ...page, agentId: inNextPhase(run, here, name) };
  const ids = agentsOfRun(run).map(({ id }) => id);
  return { ...page, agentId: stepped(ids, here?.id ?? null, step) };
}

function stepOf(name: KeyName, room: number): number {
  const steps: Partial<Record<KeyName, number>> = {
    ...{ up: -1, down: 1, pageUp: -room, pageDown: room, home: -Infinity, end: Infinity },
  };
  return steps[name] ?? 0;
}

function stepped(ids: readonly string[], id: string | null, step: number): string | null {
  const at = Math.max(0, id === null ? 0 : ids.indexOf(id));
  return ids[Math.min(Math.max(0, at + step), ids.length - 1)] ?? null;
}

function inNextPhase({ state }: SeenRun, here: AgentNode | undefined, name: 'left' | 'right'): string | null {
  if (state === null || !here) return here?.id ?? null;
  const columns = shownPhases(state).flatMap(({ agentIds }) => (agentIds.length > 0 ? [agentIds] : []));
  const at = columns.findIndex((ids) => ids.includes(here.id));
  return columns[at + (name === 'left' ? -1 : 1)]?.[0] ?? here.id;
}
