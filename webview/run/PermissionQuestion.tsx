import type { ReactNode } from 'react';
import { count, showUnseen } from '../../src/base/text.ts';
import type { PermissionQuestion as Asked } from '../../src/projection/state.ts';
import type { Reply } from '../../src/protocol/wire.ts';
import { Button } from '../ui/kit.tsx';
import { AlwaysStep, ReasonStep, Rules, useSteps } from './answerSteps.tsx';

/** Names beyond these are a number. */
const MAX_NAMES = 4;

interface PermissionTextProps {
  readonly labelOf: (agentId: string) => string;
  readonly asked: Asked;
}

/** Who wants what, all of it; and which rules an answer for longer than once adds. */
export function PermissionText({ labelOf, asked }: PermissionTextProps): ReactNode {
  const names = [asked.agentId, ...asked.others].map(labelOf);
  const different = [...new Set(names)];
  const others = names.length - 1;
  return (
    <>
      <p>
        <strong className="asker">{different[0]}</strong>
        {others > 0 && ` and ${count(others, 'other')}`} {others > 0 ? 'wait' : 'waits'} for your permission to use{' '}
        {asked.tool}:
      </p>
      <pre className="text" tabIndex={0}>
        {showUnseen(asked.summary)}
      </pre>
      {different.length > 1 && <p className="dim">One answer for all: {listed(different)}</p>}
    </>
  );
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, MAX_NAMES).join(', ');
  return names.length > MAX_NAMES ? `${shown} and ${names.length - MAX_NAMES} more` : shown;
}

/** What an answer that is not for once alone holds for. */
export type Unit = 'run' | 'session';

export interface PermissionAnswersProps {
  readonly asked: Asked;
  readonly unit: Unit;
  readonly reply: (reply: Reply) => void;
}

/** Once, for this run or session, always, or no. */
export function PermissionAnswers({ asked, unit, reply }: PermissionAnswersProps): ReactNode {
  const { requestId, rules } = asked;
  const { step, go, row } = useSteps<'choose' | 'always' | 'reason'>('choose');
  const allow = (scope: 'once' | 'run' | 'always') => () =>
    reply({ type: 'permission.answer', requestId, allow: true, scope });
  const deny = (reason: string): void =>
    reply({ type: 'permission.answer', requestId, allow: false, ...(reason === '' ? {} : { reason }) });
  switch (step) {
    case 'choose':
      return (
        <>
          {rules.length > 0 && (
            <Rules before={`For this ${unit} or always, this is added to what agents may do:`} rules={rules} />
          )}
          <div className="question-answers" ref={row}>
            <span className="question-choice">
              <Button onPress={allow('once')}>Allow once</Button>
              {rules.length > 0 && <Button onPress={allow('run')}>{`Allow for this ${unit}`}</Button>}
              {rules.length > 0 && <Button onPress={go('always')}>Always allow…</Button>}
            </span>
            <span className="question-choice">
              <Button onPress={() => deny('')}>Deny</Button>
              <Button onPress={go('reason')}>Deny with a reason…</Button>
            </span>
          </div>
        </>
      );
    case 'always':
      return <AlwaysStep {...{ rules, row }} word="Add and allow" onAgree={allow('always')} back={go('choose')} />;
    case 'reason':
      return <ReasonStep row={row} word="Deny" onDeny={deny} back={go('choose')} />;
  }
}
