import { useEffect, useId, useRef, useState, type ChangeEvent, type KeyboardEvent, type ReactNode } from 'react';
import { workflowWords } from '../../src/base/workflowWords.ts';
import { MAX_PROMPT } from '../../src/protocol/limits.ts';
import type { SlashEntry } from '../../src/protocol/sessionWire.ts';
import type { SessionMirror } from './store.ts';
import { IconButton } from '../ui/kit.tsx';
import { CommandList, optionId } from './CommandList.tsx';
import { Marked } from './Marked.tsx';
import type { SessionTransport } from './SessionPage.tsx';
import { completed, edited, ownWords, recalled, suggested, type Typed } from './typing.ts';

interface ComposerProps {
  readonly transport: SessionTransport;
  /** A turn is under way or waits. */
  readonly busy: boolean;
  /** One is under way, which can be interrupted. */
  readonly working: boolean;
  /** What the person has said so far, the oldest first. */
  readonly prompts: readonly string[];
  readonly commands: readonly SlashEntry[];
  /** Words that ask for a workflow count. */
  readonly keyword: boolean;
  readonly unsaid: SessionMirror['unsaid'];
}

/**
 * Where a person types: Enter sends, Escape interrupts, a slash lists commands, Alt+W takes a keyword back. One in what was
 * pasted asks for nothing.
 */
export function Composer({ transport, working, busy, prompts, commands, keyword, unsaid }: ComposerProps): ReactNode {
  const [{ text, pasted }, setTyped] = useState<Typed>(() => unpasted(draftOf(transport.recall())));
  /** For this prompt its words ask for nothing. */
  const [plain, setPlain] = useState(false);
  const [chosen, setChosen] = useState(0);
  const [listed, setListed] = useState(true);
  const box = useRef<HTMLTextAreaElement>(null);
  const listId = useId();
  const found = workflowWords(text);
  const own = ownWords(found, pasted);
  const counts = keyword && !text.startsWith('/');
  const words = counts && !plain ? own : [];
  const asksForNone = found.length > 0 && (plain || (counts && own.length === 0));
  const options = listed ? suggested(text, commands) : [];
  const option = options[Math.min(chosen, options.length - 1)];

  const become = (typed: Typed): void => {
    setTyped(typed);
    setChosen(0);
    setListed(true);
    if (typed.text.trim() === '') setPlain(false);
  };
  const type = (typed: string): void => become(unpasted(typed));
  useEffect(() => {
    transport.remember({ draft: text });
  }, [transport, text]);
  useEffect(() => {
    if (!unsaid) return;
    // Before what has been begun meanwhile.
    setTyped(({ text: begun }) => unpasted(begun === '' ? unsaid.text : `${unsaid.text}\n${begun}`));
    if (unsaid.plain) setPlain(true);
  }, [unsaid]);

  const send = (): void => {
    if (text.trim() === '') return;
    transport.send({ type: 'say', text, ...(asksForNone ? { plain: true } : {}) });
    type('');
  };
  const complete = (entry: SlashEntry): void => {
    type(completed(entry));
    box.current?.focus();
  };
  /** True where the key meant the list of commands. */
  const keyInList = (key: string): boolean => {
    if (!option) return false;
    switch (key) {
      case 'ArrowDown':
      case 'ArrowUp': {
        const step = key === 'ArrowDown' ? 1 : -1;
        setChosen((options.indexOf(option) + step + options.length) % options.length);
        return true;
      }
      case 'Tab':
        complete(option);
        return true;
      case 'Enter':
        // Typed to its end it is sent.
        if (text === `/${option.name}`) return false;
        complete(option);
        return true;
      case 'Escape':
        setListed(false);
        return true;
      default:
        return false;
    }
  };
  const keyInBox = (event: KeyboardEvent<HTMLTextAreaElement>): boolean => {
    const { key, altKey, code, currentTarget } = event;
    const { selectionStart: at, selectionEnd: end } = currentTarget;
    if (key === 'Enter' && !event.shiftKey) {
      send();
      return true;
    }
    // By its place on the keyboard: with Alt some systems write another letter there.
    const takesBack =
      (altKey && code === 'KeyW') || (key === 'Backspace' && at === end && words.some((one) => one.end === at));
    if (words.length > 0 && takesBack) {
      setPlain(true);
      return true;
    }
    if (key === 'Escape' && working) {
      transport.send({ type: 'interrupt' });
      return true;
    }
    const again = key === 'ArrowUp' || key === 'ArrowDown' ? recalled(prompts, text, key) : null;
    if (again !== null) type(again);
    return again !== null;
  };
  const onChange = ({ currentTarget, nativeEvent }: ChangeEvent<HTMLTextAreaElement>): void => {
    const { value, selectionEnd: caret } = currentTarget;
    become(edited({ text, pasted }, { text: value, caret, isPaste: isPaste(nativeEvent) }));
  };
  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>): void => {
    // Enter also ends the choice of an input method's word, which is no prompt yet.
    if (event.nativeEvent.isComposing) return;
    if (keyInList(event.key) || keyInBox(event)) event.preventDefault();
  };

  return (
    <form
      className="composer"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      {option && <CommandList id={listId} options={options} chosen={option} onChoose={complete} />}
      <div className="composer-box">
        <div className="composer-field">
          <Marked text={text} words={words} />
          <textarea
            ref={box}
            rows={1}
            value={text}
            maxLength={MAX_PROMPT}
            aria-label="What is to be done"
            placeholder="Say what is to be done"
            aria-autocomplete="list"
            aria-controls={option ? listId : undefined}
            aria-activedescendant={option ? optionId(listId, option) : undefined}
            onChange={onChange}
            onKeyDown={onKeyDown}
          />
        </div>
        <div className="composer-actions">
          <KeywordHint shown={words.length > 0} plain={asksForNone} onDismiss={() => setPlain(true)} />
          {working && (
            <IconButton icon="stop" label="Stop (Escape)" onPress={() => transport.send({ type: 'interrupt' })} />
          )}
          <IconButton icon="send" label={busy ? 'Send: it waits for its turn' : 'Send'} onPress={send} />
        </div>
      </div>
    </form>
  );
}

interface KeywordHintProps {
  readonly shown: boolean;
  readonly plain: boolean;
  readonly onDismiss: () => void;
}

/** Says what a marked word brings about, and how to have it not. */
function KeywordHint({ shown, plain, onDismiss }: KeywordHintProps): ReactNode {
  return (
    <p className="composer-hint" role="status">
      {shown && (
        <>
          Asks for a workflow ·{' '}
          <button type="button" className="link" onClick={onDismiss} title="Alt+W, or Backspace right after the word">
            not this time
          </button>
        </>
      )}
      {plain && <span className="dim">Asks for no workflow</span>}
    </p>
  );
}

function unpasted(text: string): Typed {
  return { text, pasted: [] };
}

/** Or dropped there. */
function isPaste(event: Event): boolean {
  return event instanceof InputEvent && /^insertFrom(Paste|Drop|Yank)/.test(event.inputType);
}

/** Whatever an earlier version remembered. */
function draftOf(memory: unknown): string {
  if (typeof memory !== 'object' || memory === null || !('draft' in memory)) return '';
  return typeof memory.draft === 'string' ? memory.draft : '';
}
