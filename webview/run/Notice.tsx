import type { ReactNode } from 'react';
import { count } from '../../src/base/text.ts';
import { failureCount } from '../../src/protocol/failures.ts';
import { statusOf } from '../../src/projection/select.ts';
import type { RunState } from '../../src/projection/state.ts';
import { Icon } from '../ui/icons.tsx';

/** What a person should know about the run as a whole; nothing while all is well. */
export function Notice({ state, alive }: { readonly state: RunState; readonly alive: boolean }): ReactNode {
  const lines = noticeLines(state, alive);
  if (lines.length === 0) return null;
  return (
    <div className="notice">
      <Icon name="warning" />
      <div>
        {lines.map((line) => (
          <p key={line}>{line}</p>
        ))}
      </div>
    </div>
  );
}

function noticeLines(state: RunState, alive: boolean): readonly string[] {
  if (statusOf(state, alive) === 'interrupted')
    return [
      'The process that ran this workflow is gone. Resume goes on where it was: agents that had finished are not asked again.',
    ];
  const { end } = state;
  if (end?.status === 'stopped' || end?.status === 'failed') return [end.message];
  if (end?.status === 'degraded')
    return [`${count(failureCount(end.failures), 'part')} of the work came to nothing: the log lists them.`];
  return [];
}
