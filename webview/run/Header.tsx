import type { ReactNode } from 'react';
import { baseText, leftOutText } from '../../src/projection/baseWords.ts';
import { statusOf } from '../../src/projection/select.ts';
import type { AgentStatus, RunState } from '../../src/projection/state.ts';
import type { BaseCommit, RunStatus } from '../../src/protocol/run.ts';
import { figuresOf } from '../caps.ts';
import type { Transport } from '../transport.ts';
import { StatusIcon } from '../ui/icons.tsx';
import { Button } from '../ui/kit.tsx';
import { runWords } from '../words.ts';
import { PhaseStrip } from './PhaseStrip.tsx';

interface HeaderProps {
  readonly state: RunState;
  readonly alive: boolean;
  readonly now: number;
  readonly send: Transport['send'];
}

export function Header({ state, alive, now, send }: HeaderProps): ReactNode {
  const status = statusOf(state, alive);
  const running = status === 'running';
  const figures = figuresOf(state, status === 'interrupted' ? state.at : now, running);
  const icon = running && state.paused ? 'interrupted' : ICONS[status];
  return (
    <header className="header">
      <div className="header-top">
        <div className="header-title">
          <h1 title={state.head?.description}>{state.head?.workflowName ?? 'Workflow'}</h1>
          <p className={`header-status status-${icon}`}>
            <StatusIcon status={icon} />
            <span role="status">{runWords(state, alive)}</span>
          </p>
          {state.head?.base && <BaseLine base={state.head.base} />}
        </div>
        <div className="header-actions">
          {running && (
            <Button
              icon={state.paused ? 'resume' : 'pause'}
              hint={
                state.paused
                  ? undefined
                  : 'No agent starts and none asks its model; what is under way comes to its end.'
              }
              onPress={() => send({ type: state.paused ? 'run.continue' : 'run.pause' })}
            >
              {state.paused ? 'Go on' : 'Pause'}
            </Button>
          )}
          {running && (
            <Button icon="stop" onPress={() => send({ type: 'run.stop' })}>
              Stop
            </Button>
          )}
          {!running && status !== 'completed' && (
            <Button icon="resume" primary={status !== 'degraded'} onPress={() => send({ type: 'run.resume' })}>
              Resume
            </Button>
          )}
          <Button icon="script" onPress={() => send({ type: 'script.open' })}>
            Open script
          </Button>
        </div>
      </div>
      <dl className="figures">
        <Figure name="Agents" value={figures.agents} />
        <Figure name="Tokens" value={figures.tokens} />
        <Figure name="Cost" value={figures.cost} />
        <Figure name="Time" value={figures.time} />
      </dl>
      <PhaseStrip state={state} running={running} send={send} />
    </header>
  );
}

const ICONS: Readonly<Record<RunStatus, AgentStatus>> = {
  running: 'running',
  completed: 'done',
  degraded: 'null',
  stopped: 'interrupted',
  failed: 'threw',
  interrupted: 'interrupted',
};

/** What the run stands on, and what of the person's files it does not know. */
function BaseLine({ base }: { readonly base: BaseCommit }): ReactNode {
  const leftOut = leftOutText(base);
  return (
    <p className="header-base" title={base.commit}>
      {[`Base: ${baseText(base)}`, ...(leftOut === null ? [] : [leftOut])].join('; ')}
    </p>
  );
}

function Figure({ name, value }: { readonly name: string; readonly value: string }): ReactNode {
  return (
    <div className="figure">
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}
