import type { ReactNode } from 'react';
import { alikeFailures, failureText } from '../../src/protocol/failures.ts';
import type { RunState } from '../../src/projection/state.ts';

/** Of what failed in the same way. */
const LABELS = 20;

/** What the script said, what failed, and what it returned. */
export function Log({ state }: { readonly state: RunState }): ReactNode {
  const { log, end } = state;
  if (log.length === 0 && !end) return <p className="empty">The script has logged nothing yet.</p>;
  return (
    <div className="scroll prose">
      {end && end.failures.length > 0 && (
        <section>
          <h2>What failed</h2>
          <ul className="lines">
            {alikeFailures(end.failures).map((failure, index) => (
              <li key={index} className="line-error">
                {failureText(failure, LABELS)} <span className="dim">({failure.cause})</span>
              </li>
            ))}
          </ul>
        </section>
      )}
      {log.length > 0 && (
        <section>
          <h2>Log</h2>
          <ul className="lines">
            {log.map(({ at, level, message }, index) => (
              <li key={index} className={`line-${level}`}>
                <time dateTime={new Date(at).toISOString()}>{new Date(at).toLocaleTimeString()}</time> {message}
              </li>
            ))}
          </ul>
        </section>
      )}
      {end && (
        <section>
          <h2>Result</h2>
          <pre className="text">{JSON.stringify(end.result, null, 2)}</pre>
        </section>
      )}
    </div>
  );
}
