import { BaseEdge, getBezierPath, type EdgeProps } from '@xyflow/react';
import type { ReactNode } from 'react';

const OUT = 14;
const ROUND = 6;

/** A curve to a later column; within one column a bracket at its left. */
export function Line(props: EdgeProps): ReactNode {
  const { sourceX, sourceY, targetX, targetY, sourceHandleId } = props;
  if (sourceHandleId === 'out') return <BaseEdge path={getBezierPath(props)[0]} />;
  const down = targetY > sourceY ? 1 : -1;
  const left = Math.min(sourceX, targetX) - OUT;
  const bracket =
    `M${sourceX} ${sourceY}H${left + ROUND}Q${left} ${sourceY} ${left} ${sourceY + ROUND * down}` +
    `V${targetY - ROUND * down}Q${left} ${targetY} ${left + ROUND} ${targetY}H${targetX}`;
  return <BaseEdge path={bracket} />;
}
