import { memo, type ReactNode } from 'react';
import type { NodeProps } from '@xyflow/react';
import { Icon, StatusIcon } from '../ui/icons.tsx';
import { LANDING_WORDS } from '../words.ts';
import { Ends } from './Ends.tsx';
import type { LandingFlowNode } from './flow.ts';

/** What became of a change at the merge queue. */
export const LandingCard = memo(function LandingCard({ data }: NodeProps<LandingFlowNode>): ReactNode {
  const { label, landing, marks } = data;
  const status = landing.status === 'landed' ? 'done' : 'null';
  const where = landing.status === 'landed' ? landing.commit.slice(0, 8) : '';
  return (
    <div className={`card status-${status}${marks}`} title={`${LANDING_WORDS[landing.status]}: ${label}`}>
      <div className="card-line">
        <Icon name="landed" />
        <span className="unseen">Change of </span>
        <span className="card-label">{label}</span>
        <StatusIcon status={status} />
      </div>
      <div className="card-line card-small">
        <span className="card-label">{LANDING_WORDS[landing.status]}</span>
        <span className="card-figures">{where}</span>
      </div>
      <Ends />
    </div>
  );
});
