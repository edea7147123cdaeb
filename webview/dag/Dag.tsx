import { ReactFlow, ReactFlowProvider, useReactFlow, useStore, useStoreApi } from '@xyflow/react';
import { useCallback, useEffect, useMemo, useRef, useState, type KeyboardEvent, type ReactNode } from 'react';
import { graph } from '../../src/projection/graph.ts';
import { shownPhases } from '../../src/projection/select.ts';
import type { RunState } from '../../src/projection/state.ts';
import { AgentCard } from './AgentCard.tsx';
import {
  domId,
  flowEdges,
  flowNodes,
  keeping,
  landingsHead,
  type FlowEdge,
  type FlowNode,
  type Marks,
} from './flow.ts';
import { GraphTools } from './GraphTools.tsx';
import { LandingCard } from './LandingCard.tsx';
import { CARD, landingColumn, layout, neighbour, type Placed } from './layout.ts';
import { Line } from './Line.tsx';
import { PhaseHead } from './PhaseHead.tsx';
import { panInto, startingZoom } from './viewport.ts';

interface DagProps {
  readonly state: RunState;
  readonly selected: string | null;
  /** Another one only when words for waits become others: all is drawn anew then. */
  readonly now: number;
  readonly onSelect: (agentId: string) => void;
}

export function Dag(props: DagProps): ReactNode {
  return (
    <ReactFlowProvider>
      <Drawing {...props} />
    </ReactFlowProvider>
  );
}

const NODE_TYPES = { agent: AgentCard, phase: PhaseHead, landing: LandingCard };
const EDGE_TYPES = { line: Line };
/** From here on only what is in sight is in the document. */
const MANY = 150;
/** Below this zoom words cannot be read: cards become blocks that show kind and state. */
const FAR = 0.45;

function Drawing({ state, selected, now, onSelect }: DagProps): ReactNode {
  const [active, setActive] = useState<string | null>(null);
  const { placed, width, nodes, edges } = useDrawing(state, { selected, active, now });
  // In steps, so that zooming does not draw all of it again and again.
  const zoom = useStore(({ transform }) => Math.round(transform[2] * 50) / 50);
  const reveal = useReveal(placed);
  useEffect(() => {
    if (selected !== null) reveal(`agent:${selected}`);
    // Only when another one is selected: the person may since have looked elsewhere.
  }, [selected]);

  const choose = (id: string | null): void => {
    const node = placed.find((each) => each.node.id === id)?.node;
    if (!node || node.type === 'phase') return;
    setActive(node.id);
    onSelect(node.type === 'agent' ? node.agentId : node.changeId);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const next = neighbour(placed, active, event.key);
    if (next === null && event.key !== 'Enter' && event.key !== ' ') return;
    event.preventDefault();
    if (next === null) {
      choose(active);
    } else {
      setActive(next);
      reveal(next);
    }
  };
  return (
    <div className={`dag${zoom < FAR ? ' is-far' : ''}`} style={{ '--zoom': Math.max(0.05, zoom) }}>
      <ReactFlow
        {...QUIET}
        nodes={nodes}
        edges={edges}
        nodeTypes={NODE_TYPES}
        edgeTypes={EDGE_TYPES}
        onlyRenderVisibleElements={nodes.length > MANY}
        onNodeClick={(_, node) => choose(node.id)}
        onInit={(flow) => void flow.setViewport(startingZoom(width, document.body.clientWidth))}
        tabIndex={0}
        onKeyDown={onKeyDown}
        onFocus={() =>
          setActive((known) => known ?? (selected === null ? neighbour(placed, null, 'Home') : `agent:${selected}`))
        }
        aria-label="Graph of the run. Arrow keys move between agents, Enter shows one."
        aria-activedescendant={active === null ? undefined : domId(active)}
      />
      <GraphTools />
    </div>
  );
}

/** The graph is looked at, never edited; the keyboard is ours. */
const QUIET = {
  nodesDraggable: false,
  nodesConnectable: false,
  nodesFocusable: false,
  edgesFocusable: false,
  elementsSelectable: false,
  disableKeyboardA11y: true,
  deleteKeyCode: null,
  selectionKeyCode: null,
  multiSelectionKeyCode: null,
  panActivationKeyCode: null,
  panOnScroll: true,
  zoomOnDoubleClick: false,
  minZoom: 0.05,
  maxZoom: 1.5,
  proOptions: { hideAttribution: true },
} as const;

function useDrawing(state: RunState, { selected, active, now }: Marks) {
  const [keepNodes] = useState(() => keeping<FlowNode>());
  const [keepEdges] = useState(() => keeping<FlowEdge>());
  return useMemo(() => {
    const drawn = graph(state);
    const { placed, landings, width } = layout(drawn, landingColumn(shownPhases(state)));
    const heads = landings ? [landingsHead(landings.x)] : [];
    const nodes = keepNodes([...flowNodes(state, placed, { selected, active, now }), ...heads]);
    return { placed, width, nodes, edges: keepEdges(flowEdges(drawn, placed, selected)) };
  }, [state, selected, active, now, keepNodes, keepEdges]);
}

/** Moves the picture as little as it takes to show a node as a whole. */
function useReveal(placed: readonly Placed[]): (nodeId: string) => void {
  const flow = useReactFlow();
  const store = useStoreApi();
  const latest = useRef(placed);
  useEffect(() => {
    latest.current = placed;
  }, [placed]);
  return useCallback(
    (nodeId) => {
      const at = latest.current.find(({ node }) => node.id === nodeId);
      const { width, height } = store.getState();
      const view = flow.getViewport();
      const moved = at && panInto(view, { width, height }, { x: at.x, y: at.y, ...CARD });
      if (moved) void flow.setViewport(moved);
    },
    [flow, store],
  );
}
