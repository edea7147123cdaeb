import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { RecordedRequest } from '../../src/node/simulator/record.ts';
import type { Brain } from '../../src/node/simulator/simulator.ts';
import type { Event } from '../../src/protocol/messages.ts';
import { resultOf, script, withBench } from '../support/engine.ts';
import { withGitRepository } from '../support/gitRepository.ts';
import { start } from '../support/liveRun.ts';

/** A task `ask <type>: <task>` has another agent do the task and answers with what it was told; others say what they did. */
const delegates: Brain = (view) => {
  const task = view.prompt.split('\n').at(-1) ?? '';
  const [, agentType, prompt] = /^ask (\S+): (.*)$/.exec(task) ?? [];
  if (agentType === undefined || prompt === undefined) return { text: `did ${task}` };
  return view.turn === 0 ? { tools: [{ name: 'Agent', input: { prompt, agentType } }] } : { text: view.last };
};

type Queued = Extract<Event, { type: 'agent.queued' }>;
const queuedIn = (events: readonly Event[]): readonly Queued[] =>
  events.filter((event): event is Queued => event.type === 'agent.queued');

function names(request: RecordedRequest | undefined): readonly string[] {
  return (request?.tools ?? []).flatMap((tool) => ('name' in tool ? [tool.name] : []));
}

describe('the Agent tool', () => {
  test('W26 an agent has another one do a part of its task, and is told its answer as data', async () => {
    await withBench({ rules: [delegates] }, async ({ play }) => {
      const played = await play(script("phase('Look'); return await agent('ask Explore: look');"));
      expect(resultOf(played)).toContain('<agent-answer agent="a2" type="Explore">\ndid look\n</agent-answer>');
      expect(
        queuedIn(played.events).map(({ agentId, parent, phase, label }) => ({ agentId, parent, phase, label })),
      ).toEqual([
        { agentId: 'a1', phase: 'Look', label: 'ask Explore: look' },
        { agentId: 'a2', parent: 'a1', phase: 'Look', label: 'look' },
      ]);
      // Its parent's answer is what the run has to show for it.
      expect(played.end).toMatchObject({ status: 'completed', failures: [] });
      expect(played.usage).toMatchObject({ agents: 2, requests: 3 });
      expect(played.census.agents).toMatchObject({ done: 2, abandoned: 0 });
    });
  });

  test('W26 agents start each other to depth 2 and no deeper', async () => {
    await withBench({ rules: [delegates] }, async ({ play, simulator }) => {
      const task = 'ask general-purpose: ask general-purpose: ask general-purpose: deep';
      const played = await play(script(`return await agent('${task}');`));
      expect(queuedIn(played.events).map(({ agentId, parent }) => [agentId, parent])).toEqual([
        ['a1', undefined],
        ['a2', 'a1'],
        ['a3', 'a2'],
      ]);
      expect(resultOf(played)).toContain('There is no tool named Agent');
      const offered = simulator.requests.map((request) => names(request).includes('Agent'));
      expect(offered).toEqual([true, true, false, false, true, true]);
    });
  });

  test('W37 with a cap of 1 agents that others start borrow their place, and only one works at a time', async () => {
    await withBench({ rules: [delegates] }, async ({ play }) => {
      const body = `return await parallel(['ask Explore: one', 'ask Explore: two'].map((task) => () => agent(task)));`;
      const played = await play(script(body), { concurrency: 1 });
      expect(played.end.status).toBe('completed');
      const order = played.events.flatMap((event) =>
        event.type === 'agent.started' || event.type === 'agent.replied' ? [`${event.agentId} ${event.type}`] : [],
      );
      const of = (parent: string, child: string) => [
        ...[`${parent} agent.started`, `${parent} agent.replied`],
        ...[`${child} agent.started`, `${child} agent.replied`, `${parent} agent.replied`],
      ];
      expect(order).toEqual([...of('a1', 'a3'), ...of('a2', 'a4')]);
    });
  });

  test('W37 while an agent that another started waits for a person, others work', async () => {
    const asks: Brain = (view) =>
      /\nchoose$/.test(view.prompt)
        ? view.turn === 0
          ? { tools: [{ name: 'AskUser', input: { question: 'Which?' } }] }
          : { text: view.last }
        : undefined;
    await withBench({ rules: [asks, delegates] }, async (bench) => {
      const body = `return await parallel(['ask general-purpose: choose', 'other'].map((task) => () => agent(task)));`;
      const live = await start(bench, script(body), { concurrency: 1, attended: true });
      const asked = await live.seen((event) => event.type === 'question.asked');
      await live.seen((event) => event.type === 'agent.ended' && event.agentId === 'a2');
      if (asked.type !== 'question.asked') throw new Error('no question');
      expect(asked).toMatchObject({ question: 'Which?', agentId: 'a3' });
      live.say({ type: 'question.answer', requestId: asked.requestId, answer: 'the left one' });
      const [first, second] = resultOf(await live.ended) as string[];
      expect(first).toContain("The person's answer: the left one");
      expect(second).toBe('did other');
    });
  });

  test('W38 it counts as an agent of the run, and no more start than may', async () => {
    await withBench({ rules: [delegates] }, async ({ play }) => {
      const played = await play(script("return await agent('ask Explore: look');"), { caps: { agents: 1 } });
      expect(queuedIn(played.events)).toHaveLength(1);
      expect(resultOf(played)).toMatch(/budget of 1 agent/);
    });
  });

  test('W35 what it uses counts against the caps of the agent that started it', async () => {
    const long: Brain = ({ prompt, request }) => {
      if (!/\ntalk$/.test(prompt)) return undefined;
      const outputTokens = Math.min(3_000, request.max_tokens);
      return { text: 'word', usage: { outputTokens }, stopReason: outputTokens < 3_000 ? 'max_tokens' : 'end_turn' };
    };
    await withBench({ rules: [long, delegates] }, async ({ play }) => {
      const body = `try { return await agent('ask general-purpose: talk', { caps: { outputTokens: 2000 } }); }
        catch (error) { return error.message; }`;
      const played = await play(script(body));
      expect(resultOf(played)).toMatch(/budget of this agent of 2,?000 output tokens/);
      expect(played.usage.outputTokens).toBeLessThanOrEqual(2_000);
    });
  });

  test('W26 it may do no more than the agent that started it', async () => {
    await withBench({ rules: [delegates] }, async ({ play, simulator }) => {
      const body = `await agent('ask general-purpose: look', { disallowedTools: ['Bash', 'Write'] });`;
      await play(script(body));
      const child = names(simulator.requests[1]);
      expect(child).toEqual(expect.arrayContaining(['Read', 'Edit', 'Agent']));
      expect(child.filter((name) => name === 'Bash' || name === 'Write')).toEqual([]);
    });
  });

  test('W26 a rule may forbid a type, and an unknown one is answered with those there are', async () => {
    await withBench({ rules: [delegates] }, async ({ play, cwd }) => {
      await mkdir(join(cwd, '.claude'));
      await writeFile(join(cwd, '.claude/settings.json'), JSON.stringify({ permissions: { deny: ['Agent(Plan)'] } }));
      const told = async (type: string) => resultOf(await play(script(`return await agent('ask ${type}: look');`)));
      expect(await told('Plan')).toContain('the rule Agent(Plan) forbids this agent');
      expect(await told('Explore')).toContain('did look');
      expect(await told('Nobody')).toContain('Unknown agentType "Nobody". Known: general-purpose, Explore, Plan.');
    });
  });

  test('W27 a type that works in a worktree of its own is not started in the session’s folder', async () => {
    await withBench({ rules: [delegates] }, async ({ play, cwd, simulator }) => {
      await mkdir(join(cwd, '.claude/agents'), { recursive: true });
      const text = '---\nname: fixer\ndescription: Fixes.\nisolation: worktree\n---\nFix it.\n';
      await writeFile(join(cwd, '.claude/agents/fixer.md'), text);
      const played = await play(script("return await agent('ask fixer: fix');"));
      expect(resultOf(played)).toContain('work in a worktree of their own');
      expect([queuedIn(played.events).length, simulator.requests.length]).toEqual([1, 2]);
    });
  });

  test('W42 what one had answered is not asked again, though the next one was interrupted', async () => {
    let asked = 0;
    const both: Brain = (view) => {
      const task = view.prompt.split('\n').at(-1);
      if (task === 'two' && (asked += 1) === 2) return { stall: true };
      if (task === 'one' || task === 'two') return { text: `did ${task}` };
      const agents = ['one', 'two'].map((prompt) => ({ name: 'Agent', input: { prompt, agentType: 'Explore' } }));
      if (view.turn === 0) return { tools: agents };
      return { text: view.results.map(({ content }) => content).join('\n') };
    };
    await withBench({ rules: [both] }, async (bench) => {
      const live = await start(bench, script("return [await agent('ask both'), await agent('ask both')];"));
      await live.seen((event) => event.type === 'agent.started' && event.agentId === 'a6');
      await bench.restart();
      const played = await bench.resume(live.runId);
      expect(resultOf(played)).toEqual([
        expect.stringMatching(/did one[\s\S]*did two/),
        expect.stringMatching(/did one[\s\S]*not known whether this ran/),
      ]);
      expect(queuedIn(played.events).map(({ agentId }) => agentId)).toEqual(['a1', 'a4']);
      // Once as what it was told, once in its answer.
      const projects = join(bench.home, 'projects');
      const dir = join(projects, ...(await readdir(projects)), 'runs', played.runId);
      for (const agent of ['a1', 'a4'])
        expect((await readFile(join(dir, `agents/${agent}.ndjson`), 'utf8')).match(/did one/g)).toHaveLength(2);
    });
  });

  test('W46 it ends with the agent that started it, and can be ended alone', async () => {
    const silent: Brain = (view) => (/\nwait$/.test(view.prompt) ? { stall: true } : undefined);
    await withBench({ rules: [silent, delegates] }, async (bench) => {
      const body = `return [await agent('ask Explore: wait'), await agent('ask Plan: wait')];`;
      const live = await start(bench, script(body));
      await live.seen((event) => event.type === 'agent.started' && event.agentId === 'a2');
      live.say({ type: 'agent.stop', agentId: 'a1' });
      await live.seen((event) => event.type === 'agent.started' && event.agentId === 'a4');
      live.say({ type: 'agent.skip', agentId: 'a4' });
      const played = await live.ended;
      expect(resultOf(played)).toEqual([
        null,
        expect.stringContaining('a4 (Plan) gave no answer: A person skipped it.'),
      ]);
      const ends = played.events.flatMap((event) =>
        event.type === 'agent.ended' ? [[event.agentId, event.end.kind]] : [],
      );
      expect(ends).toEqual([
        ['a2', 'null'],
        ['a1', 'null'],
        ['a4', 'null'],
        ['a3', 'done'],
      ]);
      expect(played.census.agents.abandoned).toBe(0);
    });
  });

  test('W42 a resume answers the parent from the journal, and knows of no call besides', async () => {
    await withBench({ rules: [delegates] }, async ({ play, resume, simulator, engine }) => {
      const played = await play(script("return await agent('ask Explore: look');"));
      const preview = await engine.previewResume(played.runId);
      expect(preview).toMatchObject({ finishedCalls: 1, knownCalls: 1 });
      const requests = simulator.requests.length;
      expect(resultOf(await resume(played.runId))).toEqual(resultOf(played));
      expect(simulator.requests).toHaveLength(requests);
    });
  });
});

test('W42 an agent that was interrupted while another worked for it is told so, and goes on', async () => {
  const waits: Brain = (view) => {
    if (/\nwait$/.test(view.prompt)) return { stall: true };
    return view.last.includes('Interrupted:') ? { text: view.last } : undefined;
  };
  await withBench({ rules: [waits, delegates] }, async (bench) => {
    const live = await start(bench, script("return await agent('ask Explore: wait');"));
    await live.seen((event) => event.type === 'agent.started' && event.agentId === 'a2');
    await bench.restart();
    expect((await live.ended).end.status).toBe('stopped');
    const again = await bench.resume(live.runId);
    expect(resultOf(again)).toContain('it is not known whether this ran');
    const anew = again.events.slice(again.events.findLastIndex(({ type }) => type === 'run.started'));
    expect(queuedIn(anew).map(({ agentId }) => agentId)).toEqual(['a1']);
  });
});

describe('the AskUser tool', () => {
  const asks: Brain = (view) =>
    view.turn === 0
      ? { tools: [{ name: 'AskUser', input: { question: 'Which?', choices: ['left', 'right'] } }] }
      : { text: view.last };

  test('X04 where nobody is there, the agent is told at once to decide itself', async () => {
    await withBench({ rules: [asks] }, async ({ play }) => {
      const played = await play(script("return await agent('a');"));
      expect(resultOf(played)).toMatch(/^No answer: decide yourself/);
      expect(played.end.status).toBe('completed');
    });
  });

  test('X04 a person chooses, and may not answer what is no choice', async () => {
    await withBench({ rules: [asks] }, async (bench) => {
      const live = await start(bench, script("return await agent('a');"), { attended: true });
      const asked = await live.seen((event) => event.type === 'question.asked');
      if (asked.type !== 'question.asked') throw new Error('no question');
      expect(asked).toMatchObject({ agentId: 'a1', choices: ['left', 'right'] });
      live.say({ type: 'question.answer', requestId: asked.requestId, answer: 'up' });
      await live.seen((event) => event.type === 'refused');
      live.say({ type: 'question.answer', requestId: asked.requestId, answer: 'right' });
      expect(resultOf(await live.ended)).toBe("The person's answer: right");
    });
  });

  test('X02 judges are left alone: they neither ask nor start others', async () => {
    const author: Brain = (view) => {
      if (!view.system.includes('author of one change')) return { structured: { findings: [] } };
      return view.turn === 0
        ? { tools: [{ name: 'Write', input: { path: 'b.txt', content: 'b' } }] }
        : { text: 'done' };
    };
    await withGitRepository({ 'a.txt': 'one\n' }, async (repo) => {
      await withBench({ rules: [author], cwd: repo.dir }, async ({ play, simulator }) => {
        await play(script("return await review(await change('write'));"));
        const offered = simulator.requests.map(names);
        expect(offered[0]).toEqual(expect.arrayContaining(['Agent', 'AskUser']));
        expect(offered.at(-1)).toContain('Read');
        expect(offered.at(-1)?.filter((name) => name === 'Agent' || name === 'AskUser')).toEqual([]);
      });
    });
  });

  test('X06 an agent that gets no tools gets none of these either', async () => {
    await withBench({ rules: [() => ({ text: 'ok' })] }, async ({ play, simulator }) => {
      await play(script("await agent('a', { tools: [] });"));
      expect(names(simulator.requests[0])).toEqual([]);
    });
  });
});
