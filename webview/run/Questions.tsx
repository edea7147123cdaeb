import { useRef, useState, type ReactNode } from 'react';
import type { AskedQuestion, PermissionQuestion } from '../../src/projection/state.ts';
import type { Reply } from '../../src/protocol/wire.ts';
import { Icon } from '../ui/icons.tsx';
import { Button, TextField } from '../ui/kit.tsx';
import { LaunchAnswers } from './LaunchAnswers.tsx';
import { LaunchCard } from './LaunchCard.tsx';
import { PermissionAnswers, PermissionText, type Unit } from './PermissionQuestion.tsx';

interface QuestionsProps {
  readonly questions: readonly PermissionQuestion[];
  readonly asked: readonly AskedQuestion[];
  /** An agent's name, by its id. */
  readonly labelOf: (agentId: string) => string;
  /** The run is one of this window: else it is answered where it runs. */
  readonly answerable: boolean;
  readonly send: (reply: Reply) => void;
  /** What asks, where a page has questions of several. */
  readonly label?: string;
  readonly unit?: Unit;
  /** Shows the script of a workflow that is asked about; absent: no workflow is. */
  readonly showScript?: (requestId: string) => void;
}

/** What agents and the script ask of a person, the oldest first, each with its answers. Others' words: shown as text. */
export function Questions({
  questions,
  asked,
  labelOf,
  answerable,
  send,
  label = 'Questions to you',
  unit = 'run',
  showScript,
}: QuestionsProps): ReactNode {
  const section = useRef<HTMLElement>(null);
  const give = (message: Reply): void => {
    send(message);
    // The button that was pressed is about to go: the keyboard goes on from here.
    section.current?.focus();
  };
  const all = [
    ...questions.map((question) => ({ ...question, kind: 'permission' as const })),
    ...asked.map((question) => ({ ...question, kind: 'question' as const })),
  ].toSorted((a, b) => a.askedAt - b.askedAt);
  return (
    // It is there before the first question, or screen readers would not read that one out.
    <section ref={section} className="questions" aria-label={label} aria-live="polite" tabIndex={-1}>
      {all.map((question) => (
        <div key={question.requestId} className="question">
          <Icon name="question" />
          {question.kind === 'permission' ? (
            <div className="question-body">
              {question.launch ? (
                <LaunchCard offer={question.launch} />
              ) : (
                <PermissionText labelOf={labelOf} asked={question} />
              )}
              <Answers answerable={answerable} send={give}>
                {(reply) =>
                  question.launch ? (
                    <LaunchAnswers
                      {...{ unit, reply, asked: question }}
                      showScript={showScript && (() => showScript(question.requestId))}
                    />
                  ) : (
                    <PermissionAnswers asked={question} unit={unit} reply={reply} />
                  )
                }
              </Answers>
            </div>
          ) : (
            <div className="question-body">
              <p>{question.agentId === null ? 'The script' : labelOf(question.agentId)} waits for your answer:</p>
              <p className="question-text">{question.question}</p>
              <Answers answerable={answerable} send={give}>
                {(reply) => <ScriptAnswers asked={question} reply={reply} />}
              </Answers>
            </div>
          )}
        </div>
      ))}
    </section>
  );
}

type Send = (reply: Reply) => void;

interface AnswersProps extends Pick<QuestionsProps, 'answerable' | 'send'> {
  readonly children: (reply: Send) => ReactNode;
}

/** An answer is given once; it takes the question away as soon as the host has it. */
function Answers({ answerable, send, children }: AnswersProps): ReactNode {
  const [given, setGiven] = useState(false);
  if (!answerable) return <p className="dim">Answer it where the run was started: in another window or terminal.</p>;
  if (given) return <p className="dim">Your answer is on its way.</p>;
  const reply: Send = (message) => {
    setGiven(true);
    send(message);
  };
  return children(reply);
}

function ScriptAnswers({ asked, reply }: { readonly asked: AskedQuestion; readonly reply: Send }): ReactNode {
  const { requestId, choices, default: otherwise } = asked;
  const [text, setText] = useState(otherwise ?? '');
  const answer = (words: string): void => reply({ type: 'question.answer', requestId, answer: words });
  if (choices.length > 0)
    return (
      <div className="question-answers">
        {choices.map((choice) => (
          <Button key={choice} primary={choice === otherwise} onPress={() => answer(choice)}>
            {choice}
          </Button>
        ))}
      </div>
    );
  return (
    <div className="question-answers">
      <TextField label="Your answer" value={text} onChange={setText} onEnter={() => answer(text)} />
      <Button onPress={() => answer(text)}>Answer</Button>
    </div>
  );
}
