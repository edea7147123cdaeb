import { memo, type ReactNode } from 'react';
import { headline } from '../../src/base/text.ts';
import type { RunCard } from '../../src/projection/runCard.ts';
import type { LaunchedRun, SessionEntry, SessionState, Turn, TurnItem } from '../../src/projection/session.ts';
import type { ToolDetail } from '../../src/protocol/sessionWire.ts';
import { Icon, StatusIcon } from '../ui/icons.tsx';
import { Markdown } from './Markdown.tsx';
import { RunCardView } from './RunCardView.tsx';
import type { SessionTransport } from './SessionPage.tsx';
import { ToolLine } from './ToolLine.tsx';

interface TranscriptProps {
  readonly state: SessionState;
  readonly streamed: string;
  readonly cards: Readonly<Record<string, RunCard>>;
  readonly details: Readonly<Record<string, ToolDetail>>;
  readonly send: SessionTransport['send'];
}

/** All turns, and what came to pass between them. What is whole is read out; what streams in is not. */
export function Transcript({ state, streamed, cards, details, send }: TranscriptProps): ReactNode {
  const { runs } = state;
  return (
    <div role="log" className="entries" aria-label="What was said">
      {state.entries.map((entry) => (
        <Entry
          key={entry.kind === 'turn' ? entry.turnId : entry.seq}
          {...{ entry, runs, cards, details, send }}
          streamed={entry.kind === 'turn' && entry.turnId === state.working ? streamed : ''}
        />
      ))}
    </div>
  );
}

interface EntryProps extends Pick<TranscriptProps, 'cards' | 'details' | 'send' | 'streamed'> {
  readonly entry: SessionEntry;
  readonly runs: readonly LaunchedRun[];
}

const Entry = memo(function Entry({ entry, streamed, ...rest }: EntryProps): ReactNode {
  if (entry.kind !== 'turn') return <Item item={entry} {...rest} />;
  const { items, end } = entry;
  return (
    <article className="turn" aria-busy={entry.status === 'working'}>
      <Prompt turn={entry} />
      {items.map((item, at) => (
        <Item key={item.kind === 'tool' ? item.callId : at} item={item} {...rest} />
      ))}
      {streamed !== '' && (
        <div aria-live="off" className="streaming">
          <Markdown text={streamed} />
        </div>
      )}
      {entry.status === 'working' && streamed === '' && <Working items={items} />}
      {end?.kind === 'interrupted' && <p className="told dim">Interrupted.</p>}
      {end?.kind === 'failed' && <Told text={`That failed: ${end.message}`} tone="error" />}
      {end?.kind === 'done' && !items.some(({ kind }) => kind === 'said') && end.text !== '' && (
        <Told text={end.text} tone="plain" />
      )}
    </article>
  );
});

/** What a person has said stands out; what the program has its agent do is a line. */
function Prompt({ turn: { by, text, status } }: { readonly turn: Turn }): ReactNode {
  if (by !== 'person')
    return (
      <p className="cause dim">
        <Icon name={by === 'run' ? 'landed' : 'restart'} />
        <span>{by === 'loop' ? `Again: ${headline(text, 200)}` : headline(text, 200)}</span>
      </p>
    );
  return (
    <div className="prompt">
      <span className="unseen">You: </span>
      <p className="prompt-text">{text}</p>
      {status === 'waiting' && <p className="dim">Waits until the one before is done.</p>}
    </div>
  );
}

function Working({ items }: { readonly items: readonly TurnItem[] }): ReactNode {
  const last = items.at(-1);
  if (last?.kind === 'tool' && last.ok === null) return null;
  return (
    <p className="working dim" aria-live="off">
      <StatusIcon status="running" /> Thinking…
    </p>
  );
}

interface ItemProps extends Pick<TranscriptProps, 'cards' | 'details' | 'send'> {
  readonly item: TurnItem;
  readonly runs: readonly LaunchedRun[];
}

function Item({ item, runs, cards, details, send }: ItemProps): ReactNode {
  switch (item.kind) {
    case 'said':
      return item.text.trim() === '' ? null : <Markdown text={item.text} />;
    case 'told':
      return <Told text={item.text} tone={item.tone} />;
    case 'tool':
      return (
        <ToolLine
          call={item}
          detail={details[item.callId] ?? null}
          onOpen={() => send({ type: 'tool.show', callId: item.callId })}
        />
      );
    case 'run': {
      const run = runs.find(({ runId }) => runId === item.runId);
      const { runId } = item;
      return run ? (
        <RunCardView
          run={run}
          card={cards[runId] ?? null}
          onOpen={() => send({ type: 'run.open', runId })}
          onSave={() => send({ type: 'run.save', runId })}
        />
      ) : null;
    }
  }
}

function Told({ text, tone }: Pick<Extract<TurnItem, { readonly kind: 'told' }>, 'text' | 'tone'>): ReactNode {
  return <p className={`told told-${tone}`}>{text}</p>;
}
