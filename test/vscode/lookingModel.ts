import type { Brain } from '../../src/node/simulator/simulator.ts';

/** The workflow that it writes. */
export const LOOK = `export const meta = { name: 'look', description: 'Looks at two parts.', phases: [{ title: 'Look' }] };
phase('Look');
const seen = await parallel(['one', 'two'].map((part) => () => agent('look at ' + part)));
return seen.length + ' parts looked at';
`;

/** A session's model: starts a workflow where it is asked to, and says what came of it. */
export const looks: Brain = (view) => {
  if (/look at (one|two)$/.test(view.prompt)) return { text: 'an intermediate result', latencyMs: 500 };
  const said = view.last;
  if (said.includes('workflow-ended')) return { text: 'All parts are **looked at**.' };
  if (said.includes('"status":"started"')) return { text: 'It has begun.' };
  if (said.includes('The person asks for a workflow'))
    return { tools: [{ name: 'Workflow', input: { script: LOOK, title: 'Looking at both' } }] };
  return { text: `You said: ${said.split('\n').at(-1) ?? ''}` };
};
