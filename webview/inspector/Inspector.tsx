import type { ReactNode } from 'react';
import { agentOf } from '../../src/projection/agentTable.ts';
import { isLive } from '../../src/projection/findAgent.ts';
import type { AgentNode, RunState } from '../../src/projection/state.ts';
import { waitOf } from '../../src/projection/waits.ts';
import type { AgentDetail } from '../../src/protocol/wire.ts';
import type { Transport } from '../transport.ts';
import { KindIcon } from '../ui/icons.tsx';
import { Button, IconButton } from '../ui/kit.tsx';
import { KIND_WORDS } from '../words.ts';
import { AgentControls } from './AgentControls.tsx';
import { ChangeReport } from './ChangeReport.tsx';
import { Facts } from './Facts.tsx';

interface InspectorProps {
  readonly agent: AgentNode;
  readonly state: RunState;
  /** Null until the host has answered. */
  readonly detail: AgentDetail | null;
  readonly now: number;
  readonly send: Transport['send'];
  readonly onSelect: (agentId: string) => void;
  readonly onClose: () => void;
}

/** Everything about one agent. Prompts and answers are others' words: shown as text, never as markup. */
export function Inspector({ agent, state, detail, now, send, onSelect, onClose }: InspectorProps): ReactNode {
  const known = state.changes.find(({ change }) => change.id === agent.id);
  const about = agent.about === null ? undefined : agentOf(state.agents, agent.about);
  return (
    <aside className="inspector" aria-label={`${KIND_WORDS[agent.kind]} ${agent.label}`} tabIndex={-1}>
      <div className="inspector-content">
        <div className="inspector-head">
          <KindIcon kind={agent.kind} />
          <h2>{agent.label}</h2>
          <IconButton icon="close" label="Close" onPress={onClose} />
        </div>
        <div className="inspector-actions">
          <Button icon="transcript" onPress={() => send({ type: 'transcript.open', agentId: agent.id })}>
            Open transcript
          </Button>
          {known && (
            <Button icon="diff" onPress={() => send({ type: 'change.open', changeId: agent.id })}>
              Open changes
            </Button>
          )}
        </div>
        <Facts
          agent={agent}
          wait={waitOf(state, agent, now)}
          about={about}
          parent={agent.parent === null ? undefined : agentOf(state.agents, agent.parent)}
          sources={agent.from.flatMap((id) => (id === agent.about ? [] : (agentOf(state.agents, id) ?? [])))}
          now={now}
          onSelect={onSelect}
        />
        {known && <ChangeReport known={known} />}
        <Text title="Prompt" text={detail?.prompt ?? agent.prompt} />
        <Text title="Answer" text={detail ? indented(detail.answer ?? '') : agent.preview} none={silence(agent)} />
      </div>
      {isLive(agent) && <AgentControls agentId={agent.id} send={send} />}
    </aside>
  );
}

interface TextProps {
  readonly title: string;
  readonly text: string;
  /** What is said instead of an empty text. */
  readonly none?: string;
}

function Text({ title, text, none = '' }: TextProps): ReactNode {
  return (
    <section aria-label={title}>
      <h3>{title}</h3>
      {text === '' ? (
        <p className="dim">{none}</p>
      ) : (
        <pre className="text" tabIndex={0}>
          {text}
        </pre>
      )}
    </section>
  );
}

/** An answer to a schema is JSON on one line; every other text stays as it is. */
function indented(text: string): string {
  if (!/^[[{]/.test(text)) return text;
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

function silence({ status }: AgentNode): string {
  return status === 'queued' || status === 'running' ? 'It has not answered yet.' : 'It gave no answer.';
}
