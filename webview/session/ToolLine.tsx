import type { ReactNode, SyntheticEvent } from 'react';
import { showUnseen } from '../../src/base/text.ts';
import type { ToolCall } from '../../src/projection/session.ts';
import type { ToolDetail } from '../../src/protocol/sessionWire.ts';
import { StatusIcon } from '../ui/icons.tsx';

interface ToolLineProps {
  readonly call: ToolCall;
  /** Null until the host has told it. */
  readonly detail: ToolDetail | null;
  readonly onOpen: () => void;
}

/** One call in one line, which opens to what it was called with and what came back. Others' words: shown as text. */
export function ToolLine({ call, detail, onOpen }: ToolLineProps): ReactNode {
  const { tool, summary, ok, ms } = call;
  const opened = ({ currentTarget }: SyntheticEvent<HTMLDetailsElement>): void => {
    // What came back may be there by now.
    if (currentTarget.open && (detail === null || detail.result === null)) onOpen();
  };
  return (
    <details className="tool" onToggle={opened}>
      <summary>
        <StatusIcon status={ok === null ? 'running' : ok ? 'done' : 'null'} />
        <span className="tool-name">{tool}</span>
        <span className="tool-summary">{showUnseen(summary.replace(/\s+/g, ' '))}</span>
        <span className="unseen">{ok === null ? ', under way' : ok ? '' : ', failed'}</span>
        {ms !== null && ms >= 1_000 && <span className="tool-ms dim">{`${Math.round(ms / 1_000)} s`}</span>}
      </summary>
      <div className="tool-detail">
        <pre className="text" tabIndex={0}>
          {showUnseen(detail?.input ?? summary)}
        </pre>
        {detail !== null && detail.result !== null && (
          <pre className="text" tabIndex={0}>
            {showUnseen(detail.result === '' ? '(nothing)' : detail.result)}
          </pre>
        )}
      </div>
    </details>
  );
}
