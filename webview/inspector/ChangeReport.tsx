import type { ReactNode } from 'react';
import { placeOf, standingOf } from '../../src/projection/findingWords.ts';
import type { ChangeState } from '../../src/projection/state.ts';
import type { Finding, Landing } from '../../src/protocol/change.ts';
import { ChangedLines } from '../run/ChangeList.tsx';
import { StatusIcon } from '../ui/icons.tsx';
import { LANDING_WORDS } from '../words.ts';

/** What an author wrote, what its reviewers and their skeptics said, and what became of it. */
export function ChangeReport({ known }: { readonly known: ChangeState }): ReactNode {
  const { change, review, refuted, landing } = known;
  return (
    <>
      <section aria-label="Change">
        <h3>Change</h3>
        <p>{change.summary}</p>
        {change.files.length === 0 && <p>It changed nothing.</p>}
        <ul className="files">
          {change.files.map((file) => (
            <li key={file.path}>
              <span className="file">{file.path}</span> <ChangedLines {...file} />
            </li>
          ))}
        </ul>
        {landing && <LandingLine landing={landing} />}
      </section>
      <section aria-label="Review">
        <h3>Review</h3>
        <p className="verdict">
          {review && <StatusIcon status={review.approved ? 'done' : 'null'} />}
          {reviewWords(known)}
        </p>
        <ul className="findings">
          {review?.findings.map((finding, index) => (
            <FindingItem key={index} finding={finding} refuted={false} />
          ))}
          {refuted.map((finding, index) => (
            <FindingItem key={`refuted-${index}`} finding={finding} refuted />
          ))}
        </ul>
      </section>
    </>
  );
}

function reviewWords({ review, refuted }: ChangeState): string {
  if (!review) return 'Not reviewed yet.';
  if (!review.approved)
    return review.findings.length > 0 ? 'Not approved.' : 'Not approved: a reviewer gave no report.';
  return refuted.length > 0 ? 'Approved. Its skeptics refuted what was found.' : 'Approved.';
}

function LandingLine({ landing }: { readonly landing: Landing }): ReactNode {
  return (
    <>
      <p className="verdict">
        <StatusIcon status={landing.status === 'landed' ? 'done' : 'null'} />
        {LANDING_WORDS[landing.status]}
        {landing.status === 'landed' && ` as ${landing.commit.slice(0, 8)} on ${landing.branch}`}
        {landing.status === 'landed' &&
          landing.resolvedBy !== undefined &&
          `, its conflict resolved by ${landing.resolvedBy}`}
        {landing.status === 'conflict' && landing.conflicts.length > 0 && ` in ${landing.conflicts.join(', ')}`}
      </p>
      {landing.status === 'conflict' && landing.log !== undefined && <p className="dim">{landing.log}</p>}
      {landing.status === 'verify-failed' && (
        <pre className="text" tabIndex={0} aria-label="What the verification said">
          {landing.log}
        </pre>
      )}
    </>
  );
}

function FindingItem({ finding, refuted }: { readonly finding: Finding; readonly refuted: boolean }): ReactNode {
  const { severity, title, body, suggestion, lens, reasons, reproduction } = finding;
  return (
    <li className={`finding${refuted ? ' is-refuted' : ''}`}>
      <p>
        <span className={`severity severity-${severity}`}>{severity}</span> <strong>{title}</strong>
      </p>
      <p className="dim">
        {placeOf(finding)} · {lens} · {refuted ? 'refuted: ' : ''}
        {standingOf(finding)}
      </p>
      {body !== '' && <p className="finding-text">{body}</p>}
      {suggestion !== undefined && <p className="finding-text">Suggestion: {suggestion}</p>}
      {reproduction !== undefined && (
        <details>
          <summary>
            Reproduced by {reproduction.path}: <code>{reproduction.command}</code> fails
          </summary>
          <pre className="text" tabIndex={0} aria-label={`Text of ${reproduction.path}`}>
            {reproduction.content}
          </pre>
        </details>
      )}
      {reasons.length > 0 && (
        <details>
          <summary>What the skeptics said</summary>
          <ul className="reasons">
            {reasons.map((reason, index) => (
              <li key={index}>{reason}</li>
            ))}
          </ul>
        </details>
      )}
    </li>
  );
}
