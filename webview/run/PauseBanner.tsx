import type { ReactNode } from 'react';
import type { RunState } from '../../src/projection/state.ts';
import { pauseText } from '../../src/projection/waits.ts';
import { byTheClock } from '../moments.ts';
import type { Transport } from '../transport.ts';
import { Icon } from '../ui/icons.tsx';
import { Button } from '../ui/kit.tsx';
import { capital } from '../words.ts';

interface PauseBannerProps {
  readonly state: RunState;
  readonly now: number;
  readonly send: Transport['send'];
}

/** Why the run stands still, and when it goes on by itself. */
export function PauseBanner({ state, now, send }: PauseBannerProps): ReactNode {
  const goOn = (): void => {
    send({ type: 'run.continue' });
    // The button that was pressed is about to go: the keyboard goes on beside it, in the header.
    document.querySelector<HTMLElement>('.header-actions vscode-button')?.focus();
  };
  return (
    // It is there before the first pause, or screen readers would not read that one out.
    <div className="pauses" aria-live="polite">
      {state.paused && (
        <div className="pause">
          <Icon name="pause" />
          <p>{capital(pauseText(state.paused, byTheClock(now))).replace(/\.*$/, '.')}</p>
          <Button icon="resume" onPress={goOn}>
            Go on
          </Button>
        </div>
      )}
    </div>
  );
}
