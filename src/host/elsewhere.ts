import type { KnownRun, RunHub } from './runHub.ts';

/** Of a run that goes on and that this window only watches: `ann runs in another window or terminal (process 123).` */
export function elsewhereText({ summary }: KnownRun): string {
  return `${summary.workflowName} runs in another window or terminal (process ${summary.pid ?? 'unknown'}).`;
}

/** For whoever wants to answer while no run of this window asks. */
export function nothingToAnswer(hub: RunHub): string {
  const asking = hub
    .runs()
    .find(({ alive, state }) => alive && state && state.questions.length + state.asked.length > 0);
  return asking ? `${elsewhereText(asking)} Answer it there.` : 'No agent asks for anything.';
}
