import { useLayoutEffect, useMemo, useRef, useSyncExternalStore, type ReactNode } from 'react';
import type { RunCard } from '../../src/projection/runCard.ts';
import { isBusy, promptsOf, type SessionState } from '../../src/projection/session.ts';
import type { SessionViewMessage } from '../../src/protocol/sessionWire.ts';
import { Questions } from '../run/Questions.tsx';
import type { Channel } from '../transport.ts';
import { Composer } from './Composer.tsx';
import { Standing } from './Standing.tsx';
import type { SessionIn, SessionStore } from './store.ts';
import { Transcript } from './Transcript.tsx';

/** What is kept while the editor has the page hidden. */
export interface SessionMemory {
  readonly draft: string;
}

export type SessionTransport = Channel<SessionIn, SessionViewMessage, SessionMemory>;

interface SessionPageProps {
  readonly store: SessionStore;
  readonly transport: SessionTransport;
}

export function SessionPage({ store, transport }: SessionPageProps): ReactNode {
  const mirror = useSyncExternalStore(store.subscribe, store.shown);
  const { state, streamed, cards, details } = mirror;
  const scroller = useBottom(state, streamed);
  const prompts = useMemo(() => (state ? promptsOf(state) : []), [state]);
  if (!state) return <p className="empty">Waiting for the session…</p>;
  return (
    <div className="page session">
      <main className="transcript" ref={scroller} tabIndex={0} aria-label="Conversation">
        {state.entries.length === 0 && streamed === '' ? (
          <Welcome />
        ) : (
          <Transcript {...{ state, streamed, cards, details }} send={transport.send} />
        )}
      </main>
      <Asked state={state} cards={cards} transport={transport} />
      <Standing state={state} />
      {mirror.elsewhere !== null && <Elsewhere pid={mirror.elsewhere} />}
      <Composer
        transport={transport}
        busy={isBusy(state)}
        working={state.working !== null}
        prompts={prompts}
        commands={mirror.commands}
        keyword={mirror.keyword}
        unsaid={mirror.unsaid}
      />
    </div>
  );
}

function Welcome(): ReactNode {
  return (
    <div className="welcome">
      <h1>What is to be done?</h1>
      <p>Say it in your own words. What falls into many parts is done by a workflow: many agents, each checked.</p>
      <p className="dim">
        The word “workflow” asks for one. <kbd>/</kbd> lists commands.
      </p>
    </div>
  );
}

function Elsewhere({ pid }: { readonly pid: number }): ReactNode {
  return (
    <p className="elsewhere" role="status" title={`Process ${pid}`}>
      Open in another window or terminal: what you say is said there.
    </p>
  );
}

interface AskedProps {
  readonly state: SessionState;
  readonly cards: Readonly<Record<string, RunCard>>;
  readonly transport: SessionTransport;
}

/** What the session asks, and what its runs do, each answered in its place. */
function Asked({ state, cards, transport }: AskedProps): ReactNode {
  const reply =
    (runId: string | null) =>
    (answer: Extract<SessionViewMessage, { readonly type: 'reply' }>['reply']): void =>
      transport.send({ type: 'reply', runId, reply: answer });
  const { questions, asked, labels } = state;
  return (
    <div className="asked">
      <Questions
        {...{ questions, asked }}
        labelOf={(agentId) => labels[agentId] ?? agentId}
        answerable
        unit="session"
        showScript={(requestId) => transport.send({ type: 'launch.script', requestId })}
        send={reply(null)}
      />
      {state.runs.map(({ runId, title }) => {
        const card = cards[runId];
        if (!card || card.questions.length + card.asked.length === 0) return null;
        return (
          <Questions
            key={runId}
            {...{ questions: card.questions, asked: card.asked, answerable: card.answerable }}
            labelOf={(agentId) => card.labels[agentId] ?? agentId}
            label={`Questions of ${title}`}
            send={reply(runId)}
          />
        );
      })}
    </div>
  );
}

/** How far from the bottom still counts as there, in pixels. */
const NEAR = 48;

/** Keeps the newest in sight, unless the person has scrolled away from it. */
function useBottom(state: SessionState | null, streamed: string) {
  const ref = useRef<HTMLElement>(null);
  const follows = useRef(true);
  const shown = useRef<string | null>(null);
  useLayoutEffect(() => {
    const it = ref.current;
    if (!it) return undefined;
    const look = (): void => {
      follows.current = it.scrollHeight - it.scrollTop - it.clientHeight < NEAR;
    };
    it.addEventListener('scroll', look, { passive: true });
    return () => it.removeEventListener('scroll', look);
  }, [state === null]);
  useLayoutEffect(() => {
    const it = ref.current;
    const id = state?.sessionId ?? null;
    if (it && (follows.current || shown.current !== id)) it.scrollTop = it.scrollHeight;
    shown.current = id;
  }, [state, streamed]);
  return ref;
}
