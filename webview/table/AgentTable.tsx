import { memo, type ReactNode } from 'react';
import { agentOf, depthOf } from '../../src/projection/agentTable.ts';
import { formatDuration } from '../../src/projection/cost.ts';
import { agentsOf, shownPhases } from '../../src/projection/select.ts';
import type { AgentNode, RunState } from '../../src/projection/state.ts';
import { KindIcon, StatusIcon } from '../ui/icons.tsx';
import { activity, agentMs, KIND_WORDS, moneyWords, phaseTitle, tokenWords } from '../words.ts';

interface AgentTableProps {
  readonly state: RunState;
  readonly selected: string | null;
  readonly now: number;
  readonly onSelect: (agentId: string) => void;
  readonly empty: string;
}

/** The graph's twin: the same agents in the same order, to be read row by row. */
export function AgentTable({ state, selected, now, onSelect, empty }: AgentTableProps): ReactNode {
  const agents = shownPhases(state).flatMap((phase) => agentsOf(state, phase));
  if (agents.length === 0) return <p className="empty">{empty}</p>;
  return (
    <div className="scroll">
      <table className="agents" aria-label="Agents of the run">
        <thead>
          <tr>
            {['Agent', 'Kind', 'Phase', 'State', 'About', 'Tokens', 'Cost', 'Time'].map((title) => (
              <th key={title} scope="col">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {agents.map((agent) => (
            <Row
              key={agent.id}
              agent={agent}
              depth={depthOf(state.agents, agent)}
              about={agent.about === null ? '' : (agentOf(state.agents, agent.about)?.label ?? '')}
              selected={agent.id === selected}
              doing={activity(state, agent, now)}
              now={agent.status === 'running' ? now : 0}
              onSelect={onSelect}
            />
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface RowProps {
  readonly agent: AgentNode;
  /** 0: the script started it; else how many agents are above it. */
  readonly depth: number;
  readonly about: string;
  readonly selected: boolean;
  /** How it stands and what it waits for. */
  readonly doing: string;
  readonly now: number;
  readonly onSelect: (agentId: string) => void;
}

const Row = memo(
  function Row({ agent, depth, about, selected, doing, now, onSelect }: RowProps): ReactNode {
    const ms = agentMs(agent, now);
    return (
      <tr className={selected ? 'is-selected' : ''} data-agent={agent.id}>
        <th scope="row" data-depth={depth}>
          <button type="button" className="link agent-link" aria-pressed={selected} onClick={() => onSelect(agent.id)}>
            {agent.label}
          </button>
        </th>
        <td>
          <KindIcon kind={agent.kind} /> {KIND_WORDS[agent.kind]}
        </td>
        <td>{phaseTitle(agent.phase)}</td>
        <td className="cell-state" title={doing}>
          <StatusIcon status={agent.status} /> {doing}
        </td>
        <td className="cell-about">{about}</td>
        <td className="cell-figure">{tokenWords(agent.usage)}</td>
        <td className="cell-figure">{moneyWords(agent)}</td>
        <td className="cell-figure">{ms === null ? '' : formatDuration(ms)}</td>
      </tr>
    );
  },
  (a, b) =>
    a.agent === b.agent &&
    a.depth === b.depth &&
    a.about === b.about &&
    a.selected === b.selected &&
    a.doing === b.doing &&
    a.now === b.now,
);
