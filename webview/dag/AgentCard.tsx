import { memo, type ReactNode } from 'react';
import type { NodeProps } from '@xyflow/react';
import { Icon, KindIcon, StatusIcon } from '../ui/icons.tsx';
import { KIND_WORDS, moneyWords, tokenWords } from '../words.ts';
import { Ends } from './Ends.tsx';
import type { AgentFlowNode } from './flow.ts';

/** Every line has its place from the start, so that nothing moves when the state changes. */
export const AgentCard = memo(function AgentCard({ data }: NodeProps<AgentFlowNode>): ReactNode {
  const { agent, doing, marks } = data;
  return (
    <div
      className={`card status-${agent.status}${marks}`}
      title={`${KIND_WORDS[agent.kind]}: ${agent.label}\n${doing}`}
    >
      <div className="card-line">
        <KindIcon kind={agent.kind} />
        <span className="unseen">{KIND_WORDS[agent.kind]} </span>
        <span className="card-label">{agent.label}</span>
        {agent.fromJournal && <Icon name="journal" />}
        <StatusIcon status={agent.status} />
      </div>
      <div className="card-line card-small">
        <span className="card-label">{doing}</span>
        <span className="card-figures">{[tokenWords(agent.usage), moneyWords(agent)].filter(Boolean).join(' · ')}</span>
      </div>
      <Ends />
    </div>
  );
});
