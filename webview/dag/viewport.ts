import type { Rect, Viewport } from '@xyflow/react';

const MARGIN = 20;
/** Smaller than this, labels are hard to read: a wide run starts cut off at the right instead. */
const READABLE = 0.85;

/** The first look at a graph of `graphWidth` in a window of `width`: its start, as much of it as can be read. */
export function startingZoom(graphWidth: number, width: number): Viewport {
  const fitting = (width - 2 * MARGIN) / Math.max(1, graphWidth);
  return { x: MARGIN, y: MARGIN, zoom: Math.min(1, Math.max(READABLE, fitting)) };
}

/** The view that shows all of `rect` and is nearest to `view`; null when that is `view` itself. */
export function panInto(view: Viewport, size: Pick<Rect, 'width' | 'height'>, rect: Rect): Viewport | null {
  const x = shift(view.x + rect.x * view.zoom, rect.width * view.zoom, size.width);
  const y = shift(view.y + rect.y * view.zoom, rect.height * view.zoom, size.height);
  return x === 0 && y === 0 ? null : { ...view, x: view.x + x, y: view.y + y };
}

function shift(start: number, length: number, room: number): number {
  if (start < MARGIN) return MARGIN - start;
  return Math.min(0, Math.max(MARGIN - start, room - MARGIN - length - start));
}
