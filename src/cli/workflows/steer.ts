import type { ControlBody } from '../../protocol/control.ts';
import { oneLine } from '../view/cells.ts';
import { standingOf, type SeenRun } from './seenRun.ts';
import { agentsOfRun, pageOf, type Act, type Pressed, type ViewState } from './viewState.ts';

/** What p, x and r do to a run; what has no sense just now says so. */
export function steer(view: ViewState, name: 'pause' | 'stop' | 'resume', run: SeenRun): Pressed {
  const { runId } = run.summary;
  const running = standingOf(run) === 'running';
  const paused = run.state?.paused != null;
  const tell = (body: ControlBody, said: string): Act => ({ type: 'tell', runId, body, said });
  if (running && paused && name !== 'stop') return { view, act: tell({ type: 'run.continue' }, 'It goes on.') };
  if (name === 'resume') {
    if (running) return still({ ...view, note: 'It is running.' });
    if (standingOf(run) === 'completed') return still({ ...view, note: 'It has come to its end.' });
    return { view, act: { type: 'preview', runId } };
  }
  if (!running) return still({ ...view, note: 'It is not running.' });
  if (name === 'pause')
    return { view, act: tell({ type: 'run.pause' }, 'It pauses: what is under way comes to its end.') };
  const page = pageOf(view);
  if (page.kind !== 'agent') {
    const act = tell({ type: 'run.stop' }, 'It stops. r resumes it.');
    return still({ ...view, asking: { question: `Stop ${oneLine(run.summary.workflowName)}? y/n`, act } });
  }
  const agent = agentsOfRun(run).find(({ id }) => id === page.agentId);
  if (agent?.status !== 'running' && agent?.status !== 'queued') return still({ ...view, note: 'It has ended.' });
  const act = tell({ type: 'agent.stop', agentId: agent.id }, 'It stops. A resume of the run asks it again.');
  return still({ ...view, asking: { question: `Stop the agent ${oneLine(agent.label)}? y/n`, act } });
}

function still(view: ViewState): Pressed {
  return { view, act: null };
}
