import { Handle, Position } from '@xyflow/react';
import type { ReactNode } from 'react';

/** Where edges meet a node, for the library to measure: the same points as flow.ts gives for nodes out of sight. */
export function Ends(): ReactNode {
  return (
    <>
      <Handle id="in" type="target" position={Position.Left} isConnectable={false} />
      <Handle id="side" type="source" position={Position.Left} isConnectable={false} />
      <Handle id="out" type="source" position={Position.Right} isConnectable={false} />
    </>
  );
}
