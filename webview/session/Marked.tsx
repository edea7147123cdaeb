import type { ReactNode } from 'react';
import type { WorkflowWord } from '../../src/base/workflowWords.ts';

interface MarkedProps {
  readonly text: string;
  readonly words: readonly WorkflowWord[];
}

/** The text once more, unseen behind the box: it gives the box its height and shows marks under its words. */
export function Marked({ text, words }: MarkedProps): ReactNode {
  const parts: ReactNode[] = [];
  let from = 0;
  for (const { start, end } of words) {
    parts.push(text.slice(from, start), <mark key={start}>{text.slice(start, end)}</mark>);
    from = end;
  }
  return (
    <div className="composer-marks" aria-hidden="true">
      {parts}
      {/* A line end at the end would have no height. */}
      {`${text.slice(from)}\u200b`}
    </div>
  );
}
