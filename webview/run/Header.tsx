import type { ReactNode } from 'react';
import { formatDuration, formatTokens, formatUsd } from '../../src/projection/cost.ts';
import { statusOf, usageOf } from '../../src/projection/select.ts';
import type { AgentStatus, RunState } from '../../src/projection/state.ts';
import type { RunStatus } from '../../src/protocol/run.ts';
import type { Transport } from '../transport.ts';
import { StatusIcon } from '../ui/icons.tsx';
import { Button } from '../ui/kit.tsx';
import { runWords, tokensOf } from '../words.ts';
import { PhaseStrip } from './PhaseStrip.tsx';

interface HeaderProps {
  readonly state: RunState;
  readonly alive: boolean;
  readonly now: number;
  readonly send: Transport['send'];
}

export function Header({ state, alive, now, send }: HeaderProps): ReactNode {
  const status = statusOf(state, alive);
  const usage = usageOf(state, status === 'interrupted' ? state.at : now);
  return (
    <header className="header">
      <div className="header-top">
        <div className="header-title">
          <h1 title={state.head?.description}>{state.head?.workflowName ?? 'Workflow'}</h1>
          <p className={`header-status status-${ICONS[status]}`}>
            <StatusIcon status={ICONS[status]} />
            <span role="status">{runWords(state, alive)}</span>
          </p>
        </div>
        <div className="header-actions">
          {status === 'running' && (
            <Button icon="stop" onPress={() => send({ type: 'run.stop' })}>
              Stop
            </Button>
          )}
          {status !== 'running' && status !== 'completed' && (
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
        <Figure name="Agents" value={agentCounts(state.counts)} />
        <Figure name="Tokens" value={formatTokens(tokensOf(usage))} />
        <Figure name="Cost" value={formatUsd(usage.usd)} />
        <Figure name="Time" value={formatTime(usage.ms)} />
      </dl>
      <PhaseStrip state={state} />
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

function Figure({ name, value }: { readonly name: string; readonly value: string }): ReactNode {
  return (
    <div className="figure">
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

/** `3 running · 12 done · 1 failed`: these three always, the rare ones when there are any. */
function agentCounts(counts: RunState['counts']): string {
  const rare = (n: number, word: string): string[] => (n > 0 ? [`${n} ${word}`] : []);
  return [
    `${counts.running} running`,
    ...rare(counts.queued, 'queued'),
    `${counts.done} done`,
    `${counts.null + counts.threw} failed`,
    ...rare(counts.interrupted, 'interrupted'),
  ].join(' · ');
}

/** Whole seconds: tenths that stand still for a second look broken. */
function formatTime(ms: number): string {
  return ms < 9950 ? `${Math.floor(ms / 1000)}s` : formatDuration(ms);
}
