import type { ReactNode } from 'react';
import { Button } from '../ui/kit.tsx';
import { AlwaysStep, ReasonStep, Rules, useSteps } from './answerSteps.tsx';
import type { PermissionAnswersProps } from './PermissionQuestion.tsx';

interface LaunchAnswersProps extends PermissionAnswersProps {
  /** Absent: there is nowhere to show it. */
  readonly showScript?: (() => void) | undefined;
}

/** Start or refuse, after a look at the script; not to be asked again is a step of its own, where a rule can say so. */
export function LaunchAnswers({ asked, unit, reply, showScript }: LaunchAnswersProps): ReactNode {
  const { requestId, rules } = asked;
  const { step, go, row } = useSteps<'choose' | 'longer' | 'always' | 'reason'>('choose');
  const start = (scope: 'once' | 'run' | 'always') => () =>
    reply({ type: 'permission.answer', requestId, allow: true, scope });
  const refuse = (reason: string): void =>
    reply({ type: 'permission.answer', requestId, allow: false, ...(reason === '' ? {} : { reason }) });
  switch (step) {
    case 'choose':
      return (
        <div className="question-answers" ref={row}>
          <Button primary onPress={start('once')}>
            Start
          </Button>
          {showScript && <Button onPress={showScript}>Show script</Button>}
          <Button onPress={() => refuse('')}>Refuse</Button>
          <Button onPress={go('reason')}>Refuse with a reason…</Button>
          {rules.length > 0 && <Button onPress={go('longer')}>Start and ask no more…</Button>}
        </div>
      );
    case 'longer':
      return (
        <>
          <Rules before="This is added to what may be done without a question:" rules={rules} />
          <div className="question-answers" ref={row}>
            <Button onPress={start('run')}>{`For this ${unit}`}</Button>
            <Button onPress={go('always')}>Always…</Button>
            <Button onPress={go('choose')}>Back</Button>
          </div>
        </>
      );
    case 'always':
      return <AlwaysStep {...{ rules, row }} word="Add and start" onAgree={start('always')} back={go('longer')} />;
    case 'reason':
      return <ReasonStep row={row} word="Refuse" onDeny={refuse} back={go('choose')} />;
  }
}
