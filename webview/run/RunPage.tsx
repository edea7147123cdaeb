import { useEffect, useMemo, useSyncExternalStore, type ReactNode } from 'react';
import { agentOf } from '../../src/projection/agentTable.ts';
import { currentChanges } from '../../src/projection/select.ts';
import type { Decision } from '../../src/protocol/decision.ts';
import { failureCount } from '../../src/protocol/failures.ts';
import type { RunState } from '../../src/projection/state.ts';
import { Dag } from '../dag/Dag.tsx';
import { displayed } from '../displayed.ts';
import { Inspector } from '../inspector/Inspector.tsx';
import { lastTurn } from '../moments.ts';
import type { RunStore } from '../store.ts';
import { AgentTable } from '../table/AgentTable.tsx';
import type { Transport } from '../transport.ts';
import { Tabs } from '../ui/Tabs.tsx';
import { ChangeList } from './ChangeList.tsx';
import { Header } from './Header.tsx';
import { Log } from './Log.tsx';
import { Notice } from './Notice.tsx';
import { PauseBanner } from './PauseBanner.tsx';
import { Questions } from './Questions.tsx';
import { useNow } from './useNow.ts';
import { useView, type ViewName } from './useView.ts';

interface RunPageProps {
  readonly store: RunStore;
  readonly transport: Transport;
}

export function RunPage({ store, transport }: RunPageProps): ReactNode {
  const { state: known, alive, answerable, decisions, detail } = useSyncExternalStore(store.subscribe, store.shown);
  const state = useMemo(() => known && displayed(known, alive), [known, alive]);
  const [view, look] = useView(transport, state?.runId ?? null);
  const running = alive && state?.endedAt === null;
  const now = useNow(running);
  const selected = state && view.selected !== null ? (agentOf(state.agents, view.selected) ?? null) : null;
  useDetail(transport, selected?.id ?? null, selected ? `${selected.status} ${selected.requests}` : '');

  if (!state) return <p className="empty">Waiting for the run…</p>;
  const select = (agentId: string): void => look({ selected: agentId });
  const close = (): void => {
    look({ selected: null });
    document.querySelector<HTMLElement>('.react-flow, .agent-link[aria-pressed="true"]')?.focus();
  };
  return (
    <div className="page" onKeyDown={(event) => selected && event.key === 'Escape' && close()}>
      <Header state={state} alive={alive} now={now} send={transport.send} />
      <Notice state={state} alive={alive} />
      <PauseBanner state={state} now={now} send={transport.send} />
      <Questions
        questions={state.questions}
        asked={state.asked}
        labelOf={(agentId) => agentOf(state.agents, agentId)?.label ?? agentId}
        answerable={answerable}
        send={transport.send}
      />
      <Tabs label="Views of the run" tabs={tabsOf(state)} shown={view.name} onShow={(name) => look({ name })} />
      <div className="body">
        <main className="main" id="view" role="tabpanel" aria-labelledby={`tab-${view.name}`}>
          {content(view.name, state, { selected: selected?.id ?? null, select, now, transport, decisions })}
        </main>
        {selected && (
          <Inspector
            key={selected.id}
            agent={selected}
            state={state}
            detail={detail?.agentId === selected.id ? detail : null}
            now={now}
            send={transport.send}
            onSelect={select}
            onClose={close}
          />
        )}
      </div>
    </div>
  );
}

/** Asks for prompt and answer when another agent is shown, and again when this one has got further. */
function useDetail(transport: Transport, agentId: string | null, stage: string): void {
  useEffect(() => {
    if (agentId !== null) transport.send({ type: 'agent.show', agentId });
  }, [transport, agentId, stage]);
}

function tabsOf(
  state: RunState,
): readonly { readonly name: ViewName; readonly title: string; readonly count: number }[] {
  return [
    { name: 'graph', title: 'Graph', count: 0 },
    { name: 'table', title: 'Table', count: 0 },
    { name: 'changes', title: 'Changes', count: currentChanges(state).length },
    { name: 'log', title: 'Log', count: failureCount(state.end?.failures ?? []) },
  ];
}

interface Content {
  readonly selected: string | null;
  readonly select: (agentId: string) => void;
  readonly now: number;
  readonly transport: Transport;
  readonly decisions: readonly Decision[];
}

function content(name: ViewName, state: RunState, { selected, select, now, transport, decisions }: Content): ReactNode {
  switch (name) {
    case 'graph':
      return state.phases.length === 0 ? (
        <p className="empty">{emptyWords(state)}</p>
      ) : (
        <Dag state={state} selected={selected} now={lastTurn(state, now)} onSelect={select} />
      );
    case 'table':
      return <AgentTable state={state} selected={selected} now={now} onSelect={select} empty={emptyWords(state)} />;
    case 'changes':
      return <ChangeList state={state} decisions={decisions} onSelect={select} send={transport.send} />;
    case 'log':
      return <Log state={state} />;
  }
}

function emptyWords(state: RunState): string {
  if (state.status === 'starting') return 'The run is starting. Its phases appear here once its script has been read.';
  if (state.endedAt !== null) return 'This run ended without asking an agent.';
  return 'No agent has been asked for yet.';
}
