import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Event } from '../../src/protocol/messages.ts';
import type { Brain } from '../../src/node/simulator/simulator.ts';
import type { SessionRequest } from '../../src/workflow/runtime.ts';
import { NEEDS_NONE } from '../../src/workflow/script/api/renderAuthoring.ts';
import { script, withBench, type Bench } from '../support/engine.ts';
import { withGitRepository } from '../support/gitRepository.ts';

const NEVER = new AbortController().signal;

const SCRIPT = script(`
const secrets = await parallel(['one', 'two'].map((name) => () => agent('look at ' + name)));
return secrets.length + ' parts looked at';`);

/** The session's model: starts a workflow where it is asked to, says what came of it, and answers all else by itself. */
const plays: Brain = (view) => {
  if (/look at (one|two)$/.test(view.prompt)) return { text: 'an intermediate result' };
  const said = view.last;
  if (said.includes('workflow-ended')) return { text: 'All parts are looked at.' };
  if (said.includes('"status":"started"')) return { text: 'It has begun.' };
  if (said.includes('use a workflow'))
    return { tools: [{ name: 'Workflow', input: { script: SCRIPT, title: 'Looking' } }] };
  return { text: `You said: ${said.split('\n').at(-1) ?? ''}` };
};

interface Talk {
  readonly sessionId: string;
  readonly events: readonly Event[];
  say(text: string): void;
  quiet(): Promise<void>;
}

async function open(
  { engine, cwd }: Bench,
  sessionId?: string,
  people: Pick<SessionRequest, 'attended' | 'permissionMode'> = { attended: false, permissionMode: 'bypass' },
): Promise<Talk> {
  const opened = await engine.openSession({
    ...{ cwd, ...people },
    ...(sessionId === undefined ? {} : { sessionId }),
  });
  if (opened.status === 'refused') throw new Error(opened.errors.join('\n'));
  const events: Event[] = [];
  engine.subscribe(opened.sessionId, 1, (batch) => events.push(...batch));
  let commands = 0;
  return {
    sessionId: opened.sessionId,
    events,
    say: (text) =>
      engine.dispatch({ type: 'session.say', runId: opened.sessionId, commandId: `c${(commands += 1)}`, text }),
    quiet: () => engine.idle(opened.sessionId, NEVER),
  };
}

function answers(events: readonly Event[]): readonly string[] {
  return events.flatMap((event) => {
    if (event.type !== 'turn.ended') return [];
    return [event.end.kind === 'done' ? event.end.text : event.end.kind];
  });
}

describe('a session', () => {
  test('answers one turn after the other, in one conversation', async () => {
    await withBench({ rules: [plays] }, async (bench) => {
      const talk = await open(bench);
      talk.say('hello');
      talk.say('again');
      await talk.quiet();
      expect(answers(talk.events)).toEqual(['You said: hello', 'You said: again']);
      const last = bench.simulator.requests.at(-1);
      expect(last?.messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'user']);
      expect(last?.system).toContain('You are the agent of a session');
      expect(JSON.stringify(last?.messages[0])).toContain('- workflow-authoring: How to write a workflow script');
      expect(JSON.stringify(last?.tools)).toContain('"name":"Workflow"');
    });
  });

  test('W40 starts a workflow, answers meanwhile, and tells its end; what its agents said stays out of its context', async () => {
    await withBench({ rules: [plays], latencyMs: [50, 50] }, async (bench) => {
      const talk = await open(bench);
      talk.say('use a workflow to look at both');
      talk.say('and what is the time?');
      await talk.quiet();
      expect(answers(talk.events)).toEqual([
        'It has begun.',
        'You said: and what is the time?',
        'All parts are looked at.',
      ]);
      const launched = talk.events.find((event) => event.type === 'workflow.launched');
      expect(launched).toMatchObject({ workflowName: 'test', title: 'Looking' });
      expect(talk.events.find((event) => event.type === 'workflow.ended')).toMatchObject({ status: 'completed' });
      const own = bench.simulator.requests.filter(({ system }) => system.includes('agent of a session'));
      expect(own).toHaveLength(4);
      expect(JSON.stringify(own)).not.toContain('an intermediate result');
      expect(JSON.stringify(own.at(-1)?.messages)).toContain('2 parts looked at');
    });
  });

  test.each(NEEDS_NONE)('starts no workflow for what its reference says needs none: $what', async ({ example }) => {
    // It starts one whenever the program says that the person asks for it.
    const eager: Brain = (view) => {
      if (!view.last.includes('The person asks for a workflow')) return { text: 'Done by myself.' };
      return { tools: [{ name: 'Workflow', input: { script: SCRIPT } }] };
    };
    await withBench({ rules: [eager] }, async (bench) => {
      const talk = await open(bench);
      talk.say(example);
      await talk.quiet();
      expect(answers(talk.events)).toEqual(['Done by myself.']);
      expect(JSON.stringify(bench.simulator.requests[0]?.messages)).toContain('workflow-authoring');
    });
  });

  test('words that ask for a workflow count for nothing in a file that the agent reads', async () => {
    const reads: Brain = ({ last, results }) => {
      if (results.length > 0) return { text: results[0]?.content.includes('ultracode') ? 'I have read it.' : 'Lost.' };
      return last.includes('asks for a workflow')
        ? { text: 'A workflow, then.' }
        : { tools: [{ name: 'Read', input: { path: 'todo.txt' } }] };
    };
    await withBench({ rules: [reads] }, async (bench) => {
      await writeFile(join(bench.cwd, 'todo.txt'), 'use a workflow for this\nultracode\n');
      const talk = await open(bench);
      talk.say('what is in todo.txt?');
      await talk.quiet();
      expect(answers(talk.events)).toEqual(['I have read it.']);
      expect(JSON.stringify(bench.simulator.requests)).not.toContain('The person asks for a workflow');
    });
  });

  test('W08 a bad script starts nothing; the model is told where it is wrong and mends it', async () => {
    const mends: Brain = (view) => {
      if (view.last.includes('use a workflow'))
        return {
          tools: [{ name: 'Workflow', input: { script: 'export const meta = { name: "x" };\nimport fs from "fs";' } }],
        };
      if (view.last.includes('2:1'))
        return { tools: [{ name: 'Workflow', input: { script: script("return 'mended';") } }] };
      if (view.last.includes('workflow-ended')) return { text: 'done' };
      return { text: view.last.includes('started') ? 'begun' : `unexpected: ${view.last}` };
    };
    await withBench({ rules: [mends] }, async (bench) => {
      const talk = await open(bench);
      talk.say('use a workflow');
      await talk.quiet();
      expect(answers(talk.events)).toEqual(['begun', 'done']);
      expect(talk.events.filter(({ type }) => type === 'workflow.launched')).toHaveLength(1);
    });
  });

  test('is there again after a restart, with its conversation; a call that was cut off is told as unknown', async () => {
    await withBench({ rules: [plays] }, async (bench) => {
      const first = await open(bench);
      first.say('remember me');
      await first.quiet();
      await bench.restart();
      const again = await open(bench, first.sessionId);
      again.say('who am I?');
      await again.quiet();
      expect(bench.simulator.requests.at(-1)?.messages).toHaveLength(3);
      expect(JSON.stringify(bench.simulator.requests.at(-1)?.messages)).toContain('remember me');
      expect(answers(again.events)).toEqual(['You said: who am I?']);
    });
  });

  test('a turn can be interrupted; what was said before it stays, and the next one goes on', async () => {
    const slow: Brain = (view) =>
      view.last.endsWith('slowly') ? { text: 'too late', latencyMs: 60_000 } : { text: `heard: ${view.last}` };
    await withBench({ rules: [slow] }, async (bench) => {
      const talk = await open(bench);
      talk.say('slowly');
      await expect.poll(() => bench.simulator.requests.length).toBe(1);
      bench.engine.dispatch({ type: 'session.interrupt', runId: talk.sessionId, commandId: 'i' });
      talk.say('and now?');
      await talk.quiet();
      const [first, second] = answers(talk.events);
      expect(first).toBe('interrupted');
      expect(second).toContain('and now?');
      expect(bench.simulator.requests.at(-1)?.messages.map(({ role }) => role)).toEqual(['user']);
    });
  });

  test('one that is open elsewhere, or is not there, is refused with what to do', async () => {
    await withBench({ rules: [plays] }, async (bench) => {
      const talk = await open(bench);
      await expect(open(bench, talk.sessionId)).rejects.toThrow('open already');
      await expect(open(bench, 'session-unknown')).rejects.toThrow('no session session-unknown');
    });
  });
});

describe('what a session starts', () => {
  const ACCEPT = { attended: true, permissionMode: 'default' } as const;

  test('X08 is asked for with a forecast, for which nothing is sent', async () => {
    await withBench({ rules: [plays] }, async (bench) => {
      const talk = await open(bench, undefined, ACCEPT);
      talk.say('use a workflow to look at both, at most $3');
      const asking = () => talk.events.find((event) => event.type === 'permission.asked');
      await expect.poll(asking, { timeout: 20_000 }).toBeDefined();
      const asked = asking();

      expect(asked?.launch).toMatchObject({
        ...{ workflowName: 'test', title: 'Looking', caps: { usd: 3 }, budgetWords: ['at most $3'], script: SCRIPT },
        modelAt: bench.simulator.url.replace(/\/$/, ''),
      });
      // On a machine that is busy there may be no time for one; what is there is of this script.
      expect([undefined, 2]).toContain(asked?.launch?.forecast?.agents.max);
      expect(bench.simulator.requests).toHaveLength(1);
      bench.engine.dispatch({
        ...{ type: 'permission.answer', runId: talk.sessionId, commandId: 'a', requestId: asked?.requestId ?? '' },
        allow: true,
      });
      await talk.quiet();
      expect(answers(talk.events).at(-1)).toBe('All parts are looked at.');
    });
  });

  test('W41 tells its end to the session also when the program ended meanwhile and somebody else went on with it', async () => {
    let held = true;
    const slow: Brain = (view) =>
      held && /look at (one|two)$/.test(view.prompt) ? { text: 'late', latencyMs: 60_000 } : undefined;
    await withBench({ rules: [slow, plays] }, async (bench) => {
      const first = await open(bench);
      first.say('use a workflow');
      await expect.poll(() => answers(first.events), { timeout: 20_000 }).toEqual(['It has begun.']);
      const launched = first.events.find((event) => event.type === 'workflow.launched');
      held = false;
      await bench.restart();
      const again = await open(bench, first.sessionId);
      // It was cut short, and nobody is at it: the session has nothing to wait for.
      await again.quiet();
      expect(answers(again.events)).toEqual([]);
      await bench.resume(launched?.launchedRunId ?? '');
      await expect.poll(() => answers(again.events), { timeout: 20_000 }).toEqual(['All parts are looked at.']);
      expect(again.events.find((event) => event.type === 'workflow.ended')).toMatchObject({ status: 'completed' });
    });
  });
});

describe('/rewind', () => {
  /** Does what it is told: `write PATH TEXT`, `run COMMAND`. */
  const worker: Brain = (view) => {
    const told = view.last.split('\n').at(-1) ?? '';
    const [, path, text] = /^write (\S+) (.*)$/.exec(told) ?? [];
    if (path !== undefined) return { tools: [{ name: 'Write', input: { path, content: `${text ?? ''}\n` } }] };
    const [, command] = /^run (.*)$/.exec(told) ?? [];
    if (command !== undefined) return { tools: [{ name: 'Bash', input: { command } }] };
    return { text: 'done' };
  };
  const told = ({ events }: Talk): string =>
    events.flatMap((event) => (event.type === 'session.told' ? [event.text] : [])).at(-1) ?? '';
  const tell = async (talk: Talk, text: string): Promise<string> => {
    talk.say(text);
    await talk.quiet();
    return told(talk);
  };

  test('brings back what the agent wrote, removed and made by a command, and takes that back again', async () => {
    await withGitRepository({ 'a.txt': 'a\n', 'b.txt': 'b\n', '.gitignore': '*.log\n' }, async (repo) => {
      await withBench({ rules: [worker], cwd: repo.dir }, async (bench) => {
        await repo.write('mine.txt', 'not committed\n');
        await repo.git('add', 'mine.txt');
        const talk = await open(bench);
        await tell(talk, 'write new.txt fresh');
        await tell(talk, 'run rm a.txt && echo changed > b.txt && echo x > kept.log && rm mine.txt');
        expect(await repo.git('status', '--porcelain')).toBe(' D a.txt\n M b.txt\nAD mine.txt\n?? new.txt');
        expect(await tell(talk, '/rewind')).toContain('  2  run rm a.txt');
        const plan = await tell(talk, '/rewind 1');
        for (const path of ['a.txt', 'b.txt', 'mine.txt', 'new.txt']) expect(plan).toContain(`  ${path}\n`);
        expect(plan).not.toContain('kept.log');
        expect(await repo.git('status', '--porcelain')).toContain(' D a.txt');

        expect(await tell(talk, '/rewind 1 now')).toBe('4 files as before turn 1. /rewind undo takes that back.');
        expect(await repo.git('status', '--porcelain')).toBe('A  mine.txt');
        expect(await repo.read('mine.txt')).toBe('not committed\n');
        expect(await repo.read('kept.log')).toBe('x\n');
        expect(await tell(talk, '/rewind undo')).toBe('4 files as before you went back.');
        expect(await repo.git('status', '--porcelain')).toBe(' D a.txt\n M b.txt\nAD mine.txt\n?? new.txt');
        expect(await repo.git('stash', 'list')).toBe('');
        expect(await repo.git('branch', '--list')).toBe('* main');
        expect(await repo.git('fsck', '--no-dangling')).toBe('');
      });
    });
  });

  test('after a restart the turns of before count on, and a commit made meanwhile stays', async () => {
    await withGitRepository({ 'a.txt': 'a\n' }, async (repo) => {
      await withBench({ rules: [worker], cwd: repo.dir }, async (bench) => {
        const first = await open(bench);
        await tell(first, 'run echo one > a.txt');
        await bench.restart();
        const again = await open(bench, first.sessionId);
        await tell(again, 'run git -c user.name=A -c user.email=a@b.c commit -qam two; echo three > a.txt');
        expect(await tell(again, '/rewind')).toContain('  2  run git -c');
        expect(await tell(again, '/rewind 2 now')).toContain('1 file as before turn 2.');
        expect(await repo.read('a.txt')).toBe('one\n');
        expect(await tell(again, '/rewind 1 now')).toContain('1 file as before turn 1.');
        expect(await repo.read('a.txt')).toBe('a\n');
        expect(await repo.git('rev-list', '--count', 'HEAD')).toBe('2');
      });
    });
  });

  test('says what is not possible: no repository, a turn that is not there, one at work, a file edited since', async () => {
    await withBench({ rules: [worker] }, async (bench) => {
      const talk = await open(bench);
      await tell(talk, 'write a.txt one');
      expect(await tell(talk, '/rewind')).toContain('There is nothing to go back to');
    });
    const slow: Brain = (view) => (view.last.endsWith('slowly') ? { text: 'late', latencyMs: 60_000 } : worker(view));
    await withGitRepository({ 'a.txt': 'a\n' }, async (repo) => {
      await withBench({ rules: [slow], cwd: repo.dir }, async (bench) => {
        const talk = await open(bench);
        await tell(talk, 'run echo one > a.txt');
        expect(await tell(talk, '/rewind 7')).toBe('Say which turn: /rewind 1 to /rewind 1; /rewind alone lists them.');
        expect(await tell(talk, '/rewind undo')).toContain('nothing to undo');
        await tell(talk, '/rewind 1 now');
        await repo.write('a.txt', 'edited\n');
        expect(await tell(talk, '/rewind undo')).toContain('Nothing was undone: 1 file was edited since');
        talk.say('slowly');
        await expect.poll(() => bench.simulator.requests.length).toBeGreaterThan(2);
        talk.say('/rewind 1 now');
        await expect.poll(() => told(talk)).toContain('The agent is at work');
        expect(await repo.read('a.txt')).toBe('edited\n');
      });
    });
  });
});
