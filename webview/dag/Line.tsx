import { BaseEdge, getBezierPath, type EdgeProps } from '@xyflow/react';
import type { ReactNode } from 'react';
import type { FlowEdge } from './flow.ts';

const OUT = 14;
const ROUND = 6;

/** A curve to a later column; within one column a bracket at its left. A bundle says how many it stands for. */
export function Line(props: EdgeProps<FlowEdge>): ReactNode {
  const { sourceX, sourceY, targetX, targetY, sourceHandleId, data } = props;
  if (sourceHandleId === 'out') {
    const [path, labelX, labelY] = getBezierPath(props);
    const label = data?.count === undefined ? {} : { label: data.count, labelX, labelY, labelBgBorderRadius: 3 };
    return <BaseEdge path={path} {...label} />;
  }
  const down = targetY > sourceY ? 1 : -1;
  const left = Math.min(sourceX, targetX) - OUT;
  const bracket =
    `M${sourceX} ${sourceY}H${left + ROUND}Q${left} ${sourceY} ${left} ${sourceY + ROUND * down}` +
    `V${targetY - ROUND * down}Q${left} ${targetY} ${left + ROUND} ${targetY}H${targetX}`;
  return <BaseEdge path={bracket} />;
}
