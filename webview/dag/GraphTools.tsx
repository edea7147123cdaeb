import { useReactFlow } from '@xyflow/react';
import type { ReactNode } from 'react';
import { IconButton } from '../ui/kit.tsx';

export function GraphTools(): ReactNode {
  const flow = useReactFlow();
  return (
    <div className="graph-tools" role="group" aria-label="Zoom">
      <IconButton icon="zoomIn" label="Zoom in" onPress={() => void flow.zoomIn()} />
      <IconButton icon="zoomOut" label="Zoom out" onPress={() => void flow.zoomOut()} />
      <IconButton
        icon="fit"
        label="Show the whole graph"
        onPress={() => void flow.fitView({ padding: 0.05, maxZoom: 1 })}
      />
    </div>
  );
}
