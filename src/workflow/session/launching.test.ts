import { describe, expect, test } from 'vitest';
import { calls, hangs, says } from '../../engine/model.fake.ts';
import type { ModelRequest } from '../../engine/model.ts';
import { OFFER } from '../../projection/sessionLog.fake.ts';
import { resolveModel } from '../../protocol/models.ts';
import { SAFETY_TOKENS } from '../../protocol/run.ts';
import type { ForecastRequest, RunChoices } from './outlook.ts';
import { answersIn, lastSaid, sessionStage, type SessionStage, type SessionStageOptions } from './session.fake.ts';
import type { WorkflowInput } from './workflowDoor.ts';

const GREET =
  "export const meta = { name: 'greet', description: 'Greets.', phases: [{ title: 'Say' }] };\nreturn 'hello';";
const CHOICES: RunChoices = {
  ...{ concurrency: 3, caps: { agents: 7 }, safetyTokens: SAFETY_TOKENS, requireReview: false },
  ...{ dirtyCheckout: 'snapshot', worktree: { setup: 'npm ci' } },
};

/** A session whose agent calls the tool when it is told to start, and ends its turn otherwise. */
async function starting(input: WorkflowInput, { outlook, ...options }: SessionStageOptions = {}) {
  const forecasts: ForecastRequest[] = [];
  const stage = await sessionStage({
    answer: (request: ModelRequest) =>
      /start/.test(lastSaid(request).split('\n').at(-1) ?? '') ? calls('Workflow', input) : says('so be it'),
    library: { greet: GREET },
    outlook: {
      choices: () => CHOICES,
      extras: async () => ['Hooks: 2 commands'],
      forecast: async (request) => {
        forecasts.push(request);
        return OFFER.forecast;
      },
      ...outlook,
    },
    ...options,
  });
  return { stage, forecasts };
}

const asked = ({ events }: SessionStage) => events.flatMap((event) => (event.type === 'permission.asked' ? event : []));
const toolResult = ({ requests }: SessionStage): string => JSON.stringify(requests.at(-1)?.messages.at(-1));

describe('the question whether a workflow is to start', () => {
  test('X08 shows what holds for the run and what it takes, and what is launched is that', async () => {
    const input = { name: 'greet', title: 'Say hello' };
    const { stage, forecasts } = await starting(input, { attended: true });
    stage.say('use a 10k token budget and start');
    await stage.settled();
    const [question] = asked(stage);
    expect(question?.launch).toEqual({
      ...{ workflowName: 'greet', title: 'Say hello', description: 'Greets.', phases: [{ title: 'Say' }] },
      ...{ cwd: '/repo', base: null, model: resolveModel('sonnet'), concurrency: 3, permissionMode: 'default' },
      ...{ caps: { agents: 7, outputTokens: 10_000 }, budgetWords: ['use a 10k token budget'] },
      ...{ extras: ['Hooks: 2 commands'], forecast: OFFER.forecast, script: GREET },
    });
    expect(question?.rules).toEqual(['Workflow(greet)']);
    expect(forecasts).toEqual([
      {
        ...{ name: 'greet', cwd: '/repo', model: expect.stringContaining('sonnet') as string },
        ...{ concurrency: 3, caps: { agents: 7, outputTokens: 10_000 } },
      },
    ]);
    expect(stage.launches).toEqual([]);
    stage.answer(true);
    await stage.settled();
    expect(stage.launches).toMatchObject([
      { ...CHOICES, name: 'greet', caps: { agents: 7, outputTokens: 10_000 }, safetyTokens: 800_000, attended: true },
    ]);
    await stage.runtime.close();
  });

  test('a script that was written just now is allowed once only, and one that is refused starts nothing', async () => {
    const { stage } = await starting({ script: GREET }, { attended: true, outlook: { forecast: async () => null } });
    stage.say('start');
    await stage.settled();
    const [question] = asked(stage);
    expect(question?.rules).toBeUndefined();
    expect(question?.launch).toMatchObject({ forecast: null, budgetWords: [], caps: { agents: 7 } });
    stage.answer(false);
    await stage.settled();
    expect([stage.launches, answersIn(stage.events)]).toEqual([[], ['so be it']]);
    await stage.runtime.close();
  });

  test('a file that changed while the person read is not started', async () => {
    const { stage } = await starting({ name: 'greet' }, { attended: true });
    stage.say('start');
    await stage.settled();
    stage.library['greet'] = GREET.replace('hello', 'something else');
    stage.answer(true);
    await stage.settled();
    expect(stage.launches).toEqual([]);
    expect(toolResult(stage)).toContain('has changed since the person was asked');
    await stage.runtime.close();
  });

  test.each<{ name: string; script: string; said: string; why: string }>([
    { name: 'needs a repository', script: "return await change('x');", said: 'start', why: 'no git' },
    { name: 'has a price that nobody knows', script: 'return 1;', said: 'at most $5, start', why: 'price of mystery' },
  ])('what $name is refused before anybody is asked', async ({ script, said, why }) => {
    const meta = "export const meta = { name: 'x', description: 'x' };\n";
    const { stage, forecasts } = await starting({ script: meta + script }, { attended: true });
    if (why.includes('mystery')) stage.say('/model mystery');
    stage.say(said);
    await stage.settled();
    expect([asked(stage), forecasts, stage.launches]).toEqual([[], [], []]);
    expect(toolResult(stage)).toContain(why);
    await stage.runtime.close();
  });
});

describe('the question whether a run is to go on by an edited script', () => {
  const EDITED = GREET.replace('hello', 'something else');

  /** One whose agent has started `greet` and is told to go on with it by `edited.js`. */
  async function goingOn(edited: string, attended = true) {
    let runId = '';
    const { stage } = await starting(
      {},
      {
        ...{ attended, library: { greet: GREET, 'edited.js': edited } },
        answer: (request: ModelRequest) =>
          lastSaid(request).endsWith('go on')
            ? calls('Workflow', { resumeFromRunId: runId, scriptPath: 'edited.js' })
            : says('so be it'),
      },
    );
    stage.say('/greet');
    await stage.settled();
    runId = stage.events.flatMap((event) => (event.type === 'workflow.launched' ? [event.launchedRunId] : []))[0] ?? '';
    stage.say('at most 20k tokens, go on');
    await stage.settled();
    return { stage, runId };
  }

  test('shows that script and what holds for the run, under the rules of its file', async () => {
    const { stage, runId } = await goingOn(EDITED);
    const [question] = asked(stage);
    expect(question?.launch).toMatchObject({
      ...{ workflowName: 'greet', script: EDITED, cwd: '/repo', concurrency: 3, forecast: OFFER.forecast },
      ...{ caps: { agents: 7, outputTokens: 20_000 }, budgetWords: ['at most 20k tokens'] },
      goesOn: { runId, journal: '0 of 0 calls come from the journal' },
    });
    expect(question?.rules).toEqual(['Workflow(edited.js)']);
    expect(stage.resumes).toEqual([]);
    stage.answer(true);
    await stage.settled();
    expect(stage.resumes).toMatchObject([{ runId, scriptPath: 'edited.js', caps: { outputTokens: 20_000 } }]);
    await stage.runtime.close();
  });

  test('does not let it start once the file has changed again', async () => {
    const { stage } = await goingOn(EDITED);
    stage.library['edited.js'] = GREET.replace('hello', 'what nobody saw');
    stage.answer(true);
    await stage.settled();
    expect(stage.resumes).toEqual([]);
    expect(toolResult(stage)).toContain('has changed since the person was asked');
    await stage.runtime.close();
  });

  test.each([
    { name: 'is wrong', edited: 'return 1;', why: 'edited.js' },
    { name: 'needs a repository', edited: `${GREET}\nawait change('x');`, why: 'no git' },
  ])('is not asked where the script $name: the model is told', async ({ edited, why }) => {
    const { stage } = await goingOn(edited);
    expect([asked(stage), stage.resumes]).toEqual([[], []]);
    expect(toolResult(stage)).toContain(why);
    await stage.runtime.close();
  });
});

test('nobody reads a forecast and nothing is limited by it: none is made', async () => {
  const { stage, forecasts } = await starting({ name: 'greet' });
  stage.say('spend at most 10k tokens, start');
  await stage.settled();
  expect([forecasts, stage.launches.length]).toEqual([[], 1]);
  await stage.runtime.close();
});

test('a limit that the person has set is not replaced by what was forecast', async () => {
  const choices = () => ({ ...CHOICES, safetyTokens: null });
  const { stage } = await starting({ name: 'greet' }, { outlook: { choices } });
  stage.say('start');
  await stage.settled();
  expect(stage.launches).toMatchObject([{ safetyTokens: null }]);
  await stage.runtime.close();
});

test('/name and /resume go by what the person has set, too', async () => {
  const { stage } = await starting({});
  stage.say('/greet');
  await stage.settled();
  expect(stage.launches).toMatchObject([CHOICES]);
  expect(stage.told()).toEqual([expect.stringContaining('at most 7 agents, up to 3 agents at once')]);
  const launched = stage.events.find((event) => event.type === 'workflow.launched');
  stage.say(`/resume ${launched?.type === 'workflow.launched' ? launched.launchedRunId : ''}`);
  await stage.settled();
  const { safetyTokens, requireReview } = CHOICES;
  expect(stage.resumes).toMatchObject([{ safetyTokens, requireReview }]);
  await stage.runtime.close();
});

test('a run that goes on keeps its own caps, whatever is set for new ones meanwhile', async () => {
  let choices = CHOICES;
  const { stage } = await starting({}, { outlook: { choices: () => choices } });
  stage.say('/greet');
  await stage.settled();
  const runId = stage.events.flatMap((event) => (event.type === 'workflow.launched' ? [event.launchedRunId] : []))[0];
  choices = { ...CHOICES, caps: { agents: 1_000 } };
  stage.say(`/resume ${runId} at most 20k tokens`);
  await stage.settled();
  const caps: unknown[] = [];
  stage.runtime.subscribe(runId ?? '', 1, (events) =>
    caps.push(...events.flatMap((event) => (event.type === 'run.started' ? [event.caps] : []))),
  );
  expect(caps).toEqual([{ agents: 7, outputTokens: 20_000 }]);
  await stage.runtime.close();
});

describe('words for a budget', () => {
  test.each([
    { typed: '/greet use a 10k token budget', args: undefined, caps: { outputTokens: 10_000 } },
    { typed: '/greet the old files, at most $5', args: 'the old files', caps: { usd: 5 } },
    { typed: '/greet {"say": "at most $5"}', args: { say: 'at most $5' }, caps: {} },
  ])('count behind a workflow that a person runs: $typed', async ({ typed, args, caps }) => {
    const { stage } = await starting({});
    stage.say(typed);
    await stage.settled();
    expect(stage.launches.map((launch) => [launch.args, launch.caps])).toEqual([[args, { agents: 7, ...caps }]]);
    await stage.runtime.close();
  });

  test('count behind a run that a person resumes, and nothing else may stand there', async () => {
    const { stage } = await starting({});
    stage.say('/greet');
    await stage.settled();
    const runId = stage.events.flatMap((event) => (event.type === 'workflow.launched' ? [event.launchedRunId] : []))[0];
    stage.say(`/resume ${runId} please`);
    await stage.settled();
    expect([stage.resumes, stage.told().at(-1)]).toEqual([[], expect.stringContaining('not "please"')]);
    stage.say(`/resume ${runId} at most 20k tokens`);
    await stage.settled();
    expect(stage.resumes.map((resume) => [resume.runId, resume.caps])).toEqual([[runId, { outputTokens: 20_000 }]]);
    expect(stage.told().at(-1)).toContain('at most 20k tokens');
    await stage.runtime.close();
  });
});

test('/resume alone goes on with the newest run of the session that has not done its work', async () => {
  const slow = GREET.replace("return 'hello'", "return await agent('hang')");
  const answer = (request: ModelRequest) => (lastSaid(request).endsWith('hang') ? hangs() : says('so be it'));
  const { stage } = await starting({}, { library: { greet: GREET, slow }, answer });
  for (const typed of ['/slow', '/slow', '/slow', '/greet']) {
    stage.say(typed);
    await stage.settled();
  }
  const runIds = stage.events.flatMap((event) => (event.type === 'workflow.launched' ? [event.launchedRunId] : []));
  // The third goes on meanwhile, and the fourth is done.
  for (const runId of runIds.slice(0, 2)) stage.runtime.dispatch({ type: 'run.stop', runId, commandId: runId });
  await stage.settled();
  stage.say('/resume at most 20k tokens');
  await stage.settled();
  expect(stage.resumes).toMatchObject([{ runId: runIds[1], caps: { outputTokens: 20_000 } }]);
  await stage.runtime.close();
});
