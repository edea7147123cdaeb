import { expect, test } from 'vitest';
import type { EventBody } from '../../protocol/messages.ts';
import type { TurnSource } from '../../protocol/session.ts';
import { leftBehind, type LeftBehind } from './leftBehind.ts';

const OPENED = { type: 'run.started' } as EventBody;
const asked = (turnId: string, by: TurnSource = 'person', text = `say ${turnId}`): EventBody => ({
  ...{ type: 'turn.asked', turnId, by, text },
});
const began = (turnId: string): EventBody => ({ type: 'turn.started', turnId });
const ended = (turnId: string): EventBody => ({ type: 'turn.ended', turnId, end: { kind: 'done', text: '' } });
const launched = (runId: string): EventBody => ({
  ...{
    type: 'workflow.launched',
    launchedRunId: runId,
    workflowName: 'w',
    title: `title ${runId}`,
    runDir: `/${runId}`,
  },
});
const over = (runId: string): EventBody => ({ type: 'workflow.ended', launchedRunId: runId, status: 'completed' });
const RUN = { runId: 'r1', title: 'title r1', runDir: '/r1' };

test.each<{ name: string; bodies: EventBody[]; left: Partial<LeftBehind> }>([
  { name: 'nothing', bodies: [OPENED, asked('t1'), began('t1'), ended('t1')], left: { unheard: [], cutShort: null } },
  { name: 'the turn under way', bodies: [OPENED, asked('t1'), began('t1')], left: { cutShort: 'say t1', unheard: [] } },
  {
    name: 'what waited',
    bodies: [OPENED, asked('t1'), began('t1'), asked('t2'), asked('t3')],
    left: { unheard: ['say t2', 'say t3'] },
  },
  {
    name: 'what waited, over openings without a turn',
    bodies: [OPENED, asked('t1'), OPENED, OPENED],
    left: { unheard: ['say t1'] },
  },
  {
    name: 'nothing that a later turn has told',
    bodies: [OPENED, asked('t1'), OPENED, asked('t2'), began('t2'), ended('t2')],
    left: { unheard: [], cutShort: null },
  },
  {
    name: 'what a summary came before',
    bodies: [OPENED, asked('t1'), OPENED, asked('t2', 'person', '/compact'), began('t2'), ended('t2')],
    left: { unheard: ['say t1'] },
  },
  {
    name: 'no loop and no goal of those that waited',
    bodies: [OPENED, asked('t1', 'loop'), asked('t2', 'goal')],
    left: { unheard: [] },
  },
  { name: 'a run', bodies: [OPENED, launched('r1')], left: { cutRuns: [RUN], runs: [RUN] } },
  { name: 'no run that has ended', bodies: [OPENED, launched('r1'), over('r1')], left: { cutRuns: [], runs: [RUN] } },
  {
    name: 'the end of a run that was not told',
    bodies: [OPENED, launched('r1'), over('r1'), asked('t1', 'run')],
    left: { untold: [RUN], cutRuns: [] },
  },
  {
    name: 'no run that goes on',
    bodies: [OPENED, launched('r1'), OPENED, launched('r1'), over('r1')],
    left: { cutRuns: [], runs: [RUN] },
  },
  {
    name: 'a goal',
    bodies: [OPENED, { type: 'goal.set', goal: { condition: 'green' } }, OPENED],
    left: { goal: { condition: 'green' } },
  },
  {
    name: 'no goal that has ended',
    bodies: [OPENED, { type: 'goal.set', goal: { condition: 'green' } }, { type: 'goal.ended', how: 'met', why: '' }],
    left: { goal: null },
  },
])('left behind: $name', ({ bodies, left }) => {
  const events = bodies.map((body, at) => ({ seq: at + 1, at, runId: 's', ...body }));
  expect(leftBehind(events)).toMatchObject(left);
});
