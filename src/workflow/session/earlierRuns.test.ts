import { expect, test } from 'vitest';
import { says } from '../../engine/model.fake.ts';
import type { RunEnd } from '../../protocol/run.ts';
import { NO_USAGE } from '../../protocol/usage.ts';
import type { EndedRun } from '../runtime.ts';
import type { RunStanding } from './outlook.ts';
import { lastSaid, sessionStage, type SessionStage } from './session.fake.ts';

const LOOK_MS = 3_000;
/** Asks a person who is not there in time, so that it is under way when its session is closed. */
const WAITS = "export const meta = { name: 'waits', description: 'Waits.' };\nreturn await agent('never');";

const over = (end: RunEnd): RunStanding => {
  const census = { agents: { done: 1, fromJournal: 0, null: {}, threw: 0, abandoned: 0 } };
  const finished: EndedRun = { end, usage: { ...NO_USAGE, agents: 1, requests: 1, usd: 0, ms: 5 }, census };
  return { kind: 'over', finished, spent: finished.usage };
};
const COMPLETED = over({ status: 'completed', result: 'the whole truth', failures: [] });

/** A session that was closed while its run was under way, and is open again; `stands` is how that run stands from then on. */
async function reopened(first: RunStanding): Promise<{
  readonly stage: SessionStage;
  readonly runId: string;
  readonly stands: (now: RunStanding) => Promise<void>;
}> {
  let standing = first;
  const stage = await sessionStage({
    answer: (request) => (lastSaid(request).endsWith('never') ? { kind: 'hangs' } : says('I see')),
    library: { waits: WAITS },
    outlook: { standing: async () => standing },
  });
  stage.say('/waits');
  await stage.settled();
  const launched = stage.events.find((event) => event.type === 'workflow.launched');
  const again = await stage.reopen();
  await again.settled();
  return {
    stage: again,
    runId: launched?.type === 'workflow.launched' ? launched.launchedRunId : '',
    stands: async (now) => {
      standing = now;
      await again.clock.advance(LOOK_MS);
      await again.settled();
    },
  };
}

const heard = ({ events, requests }: SessionStage) => ({
  ended: events.flatMap((event) => (event.type === 'workflow.ended' ? [event.status] : [])),
  told: requests.filter((request) => lastSaid(request).includes('the whole truth')).length,
});
const HEARD = { ended: ['completed'], told: 1 };
const NOTHING = { ended: [], told: 0 };

test('W41 the end of a run that goes on elsewhere is told to the session that is open again, once', async () => {
  const { stage, stands } = await reopened({ kind: 'going' });
  await stands({ kind: 'going' });
  expect(heard(stage)).toEqual(NOTHING);
  await stands(COMPLETED);
  expect(heard(stage)).toEqual(HEARD);
  await stands(COMPLETED);
  const third = await stage.reopen();
  await third.clock.advance(LOOK_MS);
  // What was heard in an earlier life is not heard again.
  expect(heard(third)).toEqual({ ended: [], told: 1 });
  await third.runtime.close();
});

test('W41 one that ended while the session was closed is told at its opening', async () => {
  const { stage } = await reopened(COMPLETED);
  expect(heard(stage)).toEqual(HEARD);
  await stage.runtime.close();
});

test('W41 one that was cut short is told once somebody has gone on with it; until then nothing is under way', async () => {
  const { stage, stands } = await reopened({ kind: 'cut-short' });
  let idle = false;
  void stage.runtime.idle(stage.sessionId, new AbortController().signal).then(() => (idle = true));
  await stage.settled();
  expect(idle).toBe(true);
  await stands({ kind: 'going' });
  let idleAgain = false;
  void stage.runtime.idle(stage.sessionId, new AbortController().signal).then(() => (idleAgain = true));
  await stage.settled();
  expect([idleAgain, heard(stage)]).toEqual([false, NOTHING]);
  await stands(COMPLETED);
  expect([idleAgain, heard(stage)]).toEqual([true, HEARD]);
  await stage.runtime.close();
});

test('one that is gone is not waited for', async () => {
  const { stage, stands } = await reopened({ kind: 'gone' });
  await stands(COMPLETED);
  expect(heard(stage)).toEqual(NOTHING);
  await stage.runtime.close();
});

test('W41 one that the session itself goes on with is told by that alone', async () => {
  const { stage, stands, runId } = await reopened({ kind: 'cut-short' });
  stage.say(`/resume ${runId}`);
  await stage.settled();
  await stands(COMPLETED);
  expect(heard(stage)).toEqual(NOTHING);
  expect(stage.resumes).toHaveLength(1);
  await stage.runtime.close();
});
