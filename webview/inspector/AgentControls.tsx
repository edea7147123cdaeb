import { useLayoutEffect, useRef, useState, type ReactNode } from 'react';
import { MAX_MESSAGE } from '../../src/protocol/limits.ts';
import type { Transport } from '../transport.ts';
import { Button, TextField } from '../ui/kit.tsx';

interface AgentControlsProps {
  readonly agentId: string;
  readonly send: Transport['send'];
}

/** What can be said to an agent that has not ended. Below all else, so that nothing moves when it ends. */
export function AgentControls({ agentId, send }: AgentControlsProps): ReactNode {
  const place = useRef<HTMLElement>(null);
  // When the agent ends while the keyboard is in here, it goes on in the inspector, not at the start of the page.
  useLayoutEffect(() => {
    const element = place.current;
    const around = element?.closest<HTMLElement>('.inspector');
    return () => {
      if (element?.contains(document.activeElement)) around?.focus();
    };
  }, []);
  return (
    <section ref={place} className="controls" aria-label="Steer this agent">
      <Tell agentId={agentId} send={send} />
      <div className="inspector-actions">
        <Button
          icon="restart"
          hint="It begins anew. What it did so far is forgotten, not undone."
          onPress={() => send({ type: 'agent.restart', agentId })}
        >
          Restart
        </Button>
        <Button
          icon="skip"
          hint="The script goes on without its answer, also when the run is resumed."
          onPress={() => send({ type: 'agent.skip', agentId })}
        >
          Skip
        </Button>
        <Button
          icon="stop"
          hint="The script goes on without its answer. When the run is resumed, it is asked again."
          onPress={() => send({ type: 'agent.stop', agentId })}
        >
          Stop agent
        </Button>
      </div>
    </section>
  );
}

function Tell({ agentId, send }: AgentControlsProps): ReactNode {
  const [text, setText] = useState('');
  const [sent, setSent] = useState(false);
  const tell = (): void => {
    const message = text.trim();
    if (message === '') return;
    send({ type: 'agent.steer', agentId, message });
    setText('');
    setSent(true);
  };
  const change = (words: string): void => {
    setText(words);
    setSent(false);
  };
  return (
    <div className="tell">
      <TextField label="Tell it…" value={text} maxLength={MAX_MESSAGE} onChange={change} onEnter={tell} />
      <Button onPress={tell}>Send</Button>
      <p className="dim" aria-live="polite">
        {sent ? 'Sent. It hears this before its next turn.' : 'It hears this before its next turn.'}
      </p>
    </div>
  );
}
