import type { ReactNode } from 'react';
import { count } from '../../src/base/text.ts';
import { formatDuration, formatTokens } from '../../src/projection/cost.ts';
import type { AgentNode } from '../../src/projection/state.ts';
import type { Wait } from '../../src/projection/waits.ts';
import { StatusIcon } from '../ui/icons.tsx';
import { agentMs, agentWords, KIND_WORDS, moneyWords, phaseTitle, waitText } from '../words.ts';

interface FactsProps {
  readonly agent: AgentNode;
  /** Null once it has ended. */
  readonly wait: Wait | null;
  /** Whose work it judges. */
  readonly about: AgentNode | undefined;
  /** Who started it, where another agent did. */
  readonly parent: AgentNode | undefined;
  /** Whose answers it was given. */
  readonly sources: readonly AgentNode[];
  readonly now: number;
  readonly onSelect: (agentId: string) => void;
}

export function Facts({ agent, wait, about, parent, sources, now, onSelect }: FactsProps): ReactNode {
  const ms = agentMs(agent, now);
  return (
    <dl className="facts">
      <Fact name="State">
        <StatusIcon status={agent.status} /> {agentWords(agent)}
      </Fact>
      {wait && <Fact name="Waits for">{waitText(wait)}</Fact>}
      {agent.message !== null && <Fact name="Reason">{agent.message}</Fact>}
      <Fact name="Kind">{KIND_WORDS[agent.kind]}</Fact>
      {about && (
        <Fact name="Judges">
          <AgentLink agent={about} onSelect={onSelect} />
        </Fact>
      )}
      {parent && (
        <Fact name="Started by">
          <AgentLink agent={parent} onSelect={onSelect} />
        </Fact>
      )}
      {sources.length > 0 && (
        <Fact name="Works on">
          {sources.slice(0, NAMED_SOURCES).map((source) => (
            <div key={source.id}>
              <AgentLink agent={source} onSelect={onSelect} />
            </div>
          ))}
          {sources.length > NAMED_SOURCES && `and ${count(sources.length - NAMED_SOURCES, 'more answer')}`}
        </Fact>
      )}
      <Fact name="Phase">{phaseTitle(agent.phase)}</Fact>
      <Fact name="Model">{agent.model}</Fact>
      <Fact name="Tokens">{tokenParts(agent)}</Fact>
      <Fact name="Cost">{moneyWords(agent) || 'none yet'}</Fact>
      <Fact name="Time">{ms === null ? 'not started' : formatDuration(ms)}</Fact>
      {agent.worktree !== null && <Fact name="Worktree">{agent.worktree}</Fact>}
    </dl>
  );
}

const NAMED_SOURCES = 8;

function AgentLink({ agent, onSelect }: { readonly agent: AgentNode } & Pick<FactsProps, 'onSelect'>): ReactNode {
  return (
    <button type="button" className="link" onClick={() => onSelect(agent.id)}>
      {agent.label}
    </button>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }): ReactNode {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}

/** `12.3k in (8.0k cached), 1.2k out` */
function tokenParts({ usage, requests }: AgentNode): string {
  if (requests === 0) return 'none yet';
  const read = usage.inputTokens + usage.cacheReadTokens + usage.cacheWriteTokens;
  const cached = usage.cacheReadTokens > 0 ? ` (${formatTokens(usage.cacheReadTokens)} cached)` : '';
  return `${formatTokens(read)} in${cached}, ${formatTokens(usage.outputTokens)} out`;
}
