import type { RunHub } from './runHub.ts';

/** For whoever wants to answer while no run of this window asks. Those of others are answered where they run. */
export async function nothingToAnswer(hub: RunHub): Promise<string> {
  // What another process asks is known here a moment later.
  await hub.look();
  const asking = hub
    .runs()
    .find(({ alive, state }) => alive && state && state.questions.length + state.asked.length > 0);
  if (!asking) return 'No agent asks for anything.';
  const { workflowName, pid } = asking.summary;
  return `${workflowName} asks in another window or terminal (process ${pid ?? 'unknown'}). Answer it there.`;
}
