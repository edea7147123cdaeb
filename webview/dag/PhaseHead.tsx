import { memo, type ReactNode } from 'react';
import type { NodeProps } from '@xyflow/react';
import { progressWords } from '../progress.ts';
import { Ends } from './Ends.tsx';
import type { PhaseFlowNode } from './flow.ts';

export const PhaseHead = memo(function PhaseHead({ data }: NodeProps<PhaseFlowNode>): ReactNode {
  const { title, detail } = data;
  return (
    <div className="phase-head" title={detail}>
      <div className="card-line">
        <span className="card-label">{title}</span>
        <span className="card-figures">{progressWords(data)}</span>
      </div>
      <div className="card-line card-small">
        <span className="card-label">{detail}</span>
      </div>
      <Ends />
    </div>
  );
});
