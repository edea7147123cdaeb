import { BEGUN_ANEW } from '../protocol/conversation.ts';
import type { AgentLife } from './agentLife.ts';
import type { RunContext } from './runContext.ts';

/** A person has an agent begin anew: its transcript and the run's log say so. */
export function beginAnew({ open, recorder }: RunContext, life: AgentLife): void {
  const { agentId } = life;
  if (life.hasStarted) recorder.startsAgain(agentId);
  open.appendTranscript(agentId, [BEGUN_ANEW]);
  recorder.emit({ type: 'agent.restarted', agentId, why: 'person', message: 'A person had it begin anew.' });
}
