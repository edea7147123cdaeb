import { useEffect, useRef, useState, type ReactNode, type RefObject } from 'react';
import { showUnseen } from '../../src/base/text.ts';
import { MAX_MESSAGE } from '../../src/protocol/limits.ts';
import { Button, TextField } from '../ui/kit.tsx';

// What an answer to a request for permission consists of, whatever is asked.

/** Which step of an answer is on the screen; the row of its buttons takes the keyboard when another step takes its place. */
export function useSteps<Step extends string>(first: Step) {
  const [step, setStep] = useState<Step>(first);
  const row = useRef<HTMLDivElement>(null);
  const moved = useRef(false);
  useEffect(() => {
    // The button that was pressed is gone: the keyboard goes on with what took its place.
    if (moved.current) row.current?.querySelector<HTMLElement>('vscode-text-field, vscode-button')?.focus();
  }, [step]);
  const go = (next: Step) => () => {
    moved.current = true;
    setStep(next);
  };
  return { step, go, row } as const;
}

interface StepProps {
  readonly row: RefObject<HTMLDivElement | null>;
  readonly back: () => void;
}

interface AlwaysStepProps extends StepProps {
  readonly rules: readonly string[];
  /** `Add and allow` */
  readonly word: string;
  readonly onAgree: () => void;
}

/** What is written into a file is shown before, and agreed to. */
export function AlwaysStep({ rules, word, onAgree, row, back }: AlwaysStepProps): ReactNode {
  return (
    <>
      <Rules before="For this and every later run in this folder, .claude/settings.local.json gets:" rules={rules} />
      <div className="question-answers" ref={row}>
        <Button primary onPress={onAgree}>
          {word}
        </Button>
        <Button onPress={back}>Back</Button>
      </div>
    </>
  );
}

interface ReasonStepProps extends StepProps {
  /** `Deny` */
  readonly word: string;
  /** Empty: none was given. */
  readonly onDeny: (reason: string) => void;
}

export function ReasonStep({ word, onDeny, row, back }: ReasonStepProps): ReactNode {
  const [reason, setReason] = useState('');
  const deny = (): void => onDeny(reason.trim());
  return (
    <div className="question-answers" ref={row}>
      <TextField
        label="Why not? The agent is told."
        value={reason}
        maxLength={MAX_MESSAGE}
        onChange={setReason}
        onEnter={deny}
      />
      <Button onPress={deny}>{word}</Button>
      <Button onPress={back}>Back</Button>
    </div>
  );
}

export function Rules({ before, rules }: { readonly before: string; readonly rules: readonly string[] }): ReactNode {
  return (
    <p className="question-rules">
      <span className="dim">{before}</span>
      {rules.map((rule) => (
        <code key={rule}>{showUnseen(rule)}</code>
      ))}
    </p>
  );
}
