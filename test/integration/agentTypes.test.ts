import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { RecordedRequest } from '../../src/node/simulator/record.ts';
import type { Brain } from '../../src/node/simulator/simulator.ts';
import { type Bench, type Played, resultOf, script, withBench } from '../support/engine.ts';
import { withGitRepository } from '../support/gitRepository.ts';

const ok: Brain = () => ({ text: 'ok' });

async function put({ cwd }: Pick<Bench, 'cwd'>, path: string, text: string): Promise<void> {
  await mkdir(dirname(join(cwd, path)), { recursive: true });
  await writeFile(join(cwd, path), text);
}

const agentFile = (name: string, head: string, body = '') =>
  [`.claude/agents/${name}.md`, `---\nname: ${name}\n${head}\n---\n${body}`] as const;

function toolsOf(request: RecordedRequest | undefined): readonly string[] {
  return (request?.tools ?? []).flatMap((tool) => ('name' in tool ? [tool.name] : [])).toSorted();
}

function warningsOf({ events }: Played): readonly string[] {
  return events.flatMap((event) => (event.type === 'logged' && event.level === 'warning' ? [event.message] : []));
}

/** What the script got as an error, or `none`. */
const caught = (call: string): string =>
  `try { await ${call}; return 'none'; } catch (error) { return error.message; }`;

describe('agent types', () => {
  test('W26 an unknown type throws with the list of known ones, and nothing is asked', async () => {
    await withGitRepository({ 'a.txt': 'one\n' }, async (repo) => {
      await withBench({ rules: [ok], cwd: repo.dir }, async (bench) => {
        await put(bench, ...agentFile('judge', 'description: Judges.'));
        const known = 'Unknown agentType "jugde". Known: general-purpose, Explore, Plan, judge.';
        for (const call of ["agent('a', { agentType: 'jugde' })", "change('a', { agentType: 'jugde' })"]) {
          const played = await bench.play(script(caught(call)));
          expect(resultOf(played)).toBe(known);
          expect(played.usage).toMatchObject({ agents: 0, requests: 0 });
        }
      });
    });
  });

  test('W26 a type gives its system prompt, model, effort and tools; the script’s own options win', async () => {
    await withBench({ rules: [ok] }, async (bench) => {
      await put(
        bench,
        ...agentFile(
          'judge',
          'model: opus\neffort: low\ntools: Read, Grep, Bash\ndisallowedTools: [Bash]',
          'You judge.',
        ),
      );
      const body = `await agent('plain'); await agent('typed', { agentType: 'judge' });
        await agent('both', { agentType: 'judge', model: 'haiku', effort: 'high', tools: ['Grep', 'Glob'] });`;
      const played = await bench.play(script(body));
      const [plain, typed, both] = bench.simulator.requests;
      expect(typed?.system).toBe(`${plain?.system ?? ''}\n\nYou judge.`);
      expect([typed?.model, both?.model]).toEqual([
        expect.stringContaining('opus') as string,
        expect.stringContaining('haiku') as string,
      ]);
      expect([toolsOf(typed), toolsOf(both)]).toEqual([['Grep', 'Read'], ['Grep']]);
      expect([typed, both].map((request) => JSON.stringify(request?.body))).toEqual([
        expect.stringContaining('"effort":"low"') as string,
        expect.stringContaining('"effort":"high"') as string,
      ]);
      const models = played.events.flatMap((event) => (event.type === 'agent.queued' ? [event.model] : []));
      expect(models).toEqual([plain?.model, typed?.model, both?.model]);
    });
  });

  test('W26 Explore reads with a cheap model, and Plan reads', async () => {
    await withBench({ rules: [ok] }, async ({ play, simulator }) => {
      await play(script("await agent('a', { agentType: 'Explore' }); await agent('b', { agentType: 'Plan' });"));
      const [explore, plan] = simulator.requests;
      expect([explore?.model, plan?.model]).toEqual([
        expect.stringContaining('haiku') as string,
        expect.stringContaining('sonnet') as string,
      ]);
      for (const request of [explore, plan]) {
        expect(toolsOf(request)).toEqual(expect.arrayContaining(['Read', 'Glob', 'Grep']));
        expect(toolsOf(request)).not.toEqual(expect.arrayContaining(['Bash']));
        expect(toolsOf(request).filter((name) => ['Bash', 'Edit', 'Write', 'Agent'].includes(name))).toEqual([]);
      }
    });
  });

  test('W26 Explore keeps to the run’s model where that is of another family', async () => {
    await withBench({ rules: [ok] }, async ({ play, simulator }) => {
      await play(script("await agent('a', { agentType: 'Explore' });"), { model: 'some-local-model' });
      expect(simulator.requests[0]?.model).toBe('some-local-model');
    });
  });

  test('W26 a type never widens what its run permits', async () => {
    const writes: Brain = (view) =>
      view.turn === 0 ? { tools: [{ name: 'Write', input: { path: 'new.txt', content: 'x' } }] } : { text: view.last };
    await withBench({ rules: [writes] }, async (bench) => {
      await put(bench, ...agentFile('bold', 'permissionMode: bypassPermissions'));
      await put(bench, ...agentFile('shy', 'permissionMode: plan'));
      const run = (type: string, permissionMode: 'plan' | 'bypass') =>
        bench.play(script(`return await agent('write', { agentType: '${type}' });`), { permissionMode });
      expect(resultOf(await run('bold', 'plan'))).toMatch(/this agent plans only/);
      expect(resultOf(await run('shy', 'bypass'))).toMatch(/this agent plans only/);
      expect(resultOf(await run('bold', 'bypass'))).not.toMatch(/denied/);
    });
  });

  test('W26 a broken file is a warning with file and line, and its type is unknown, also where another file has it', async () => {
    await withBench({ rules: [ok] }, async (bench) => {
      await put(bench, ...agentFile('judge', 'maxTurns: many'));
      await put({ cwd: join(bench.home, 'person') }, ...agentFile('judge', 'description: Judges.'));
      await put(bench, ...agentFile('mine', 'description: "open'));
      const played = await bench.play(script(caught("agent('a', { agentType: 'judge' })")));
      expect(resultOf(played)).toBe('Unknown agentType "judge". Known: general-purpose, Explore, Plan.');
      const warnings = warningsOf(played).join('\n');
      expect(warnings).toContain(`${bench.cwd}/.claude/agents/judge.md:3: maxTurns: `);
      expect(warnings).toContain(`${bench.cwd}/.claude/agents/mine.md:3: `);
    });
  });

  test('W26 tools that nobody knows are named in one warning with those there are', async () => {
    await withBench({ rules: [ok] }, async ({ play }) => {
      const body = "await agent('a', { tools: ['Read', 'Raed'] }); await agent('b', { tools: ['Read', 'Raed'] });";
      const unknown = warningsOf(await play(script(body))).filter((message) => message.includes('Raed'));
      expect(unknown).toEqual([expect.stringMatching(/^There is no tool Raed\. Known: Read, .*Agent/) as string]);
    });
  });

  test('W26 isolation of a type is the agent’s; W42 the journal knows the call as it was written', async () => {
    const writes: Brain = (view) =>
      view.turn === 0 ? { tools: [{ name: 'Write', input: { path: 'new.txt', content: 'x' } }] } : { text: 'written' };
    await withGitRepository({ 'a.txt': 'one\n' }, async (repo) => {
      await withBench({ rules: [writes], cwd: repo.dir }, async (bench) => {
        await put(bench, ...agentFile('apart', 'isolation: worktree\nmodel: opus'));
        const played = await bench.play(script("return await agent('write it', { agentType: 'apart' });"));
        const committed = played.events.flatMap((event) => (event.type === 'change.committed' ? [event.change] : []));
        expect(committed.map(({ files }) => files.map(({ path }) => path))).toEqual([['new.txt']]);
        await put(bench, ...agentFile('apart', 'model: haiku'));
        const asked = bench.simulator.requests.length;
        expect(resultOf(await bench.resume(played.runId))).toBe('written');
        expect(bench.simulator.requests).toHaveLength(asked);
      });
    });
  });
});

describe('skills', () => {
  const uses: Brain = (view) =>
    view.turn === 0 ? { tools: [{ name: 'Skill', input: { skill: 'audit' } }] } : { text: view.last };

  test('W26 agents are told which skills there are, alike, and can load one', async () => {
    await withBench({ rules: [uses] }, async (bench) => {
      const folder = join(bench.cwd, '.claude/skills/audit');
      await put(
        bench,
        '.claude/skills/audit/SKILL.md',
        '---\nname: audit\ndescription: How to audit.\n---\nLook twice.',
      );
      await put(bench, '.claude/skills/audit/workflow.js', script('return 1;'));
      await put(bench, '.claude/skills/audit/list.txt', 'a list');
      const body = "return await parallel(['task 1', 'task 2'].map((task) => () => agent(task)));";
      const [first] = resultOf(await bench.play(script(body))) as string[];
      expect(first).toContain('<skill name="audit" from="project">\nLook twice.\n</skill>');
      expect(first).toContain(`files are in ${folder};`);
      expect(first).toContain(`a template that you may adapt to the task`);
      expect(first).toContain(join(folder, 'workflow.js'));
      const openings = bench.simulator.requests
        .filter(({ messages }) => messages.length === 1)
        .map(({ messages }) => JSON.stringify(messages[0]).replace(/task \d/, 'task'));
      expect(new Set(openings).size).toBe(1);
      expect(openings[0]).toContain('- audit: How to audit.');
      expect(new Set(bench.simulator.requests.map(({ system }) => system)).size).toBe(1);
    });
  });

  test('W26 the files of a skill can be read where else nothing is permitted', async () => {
    const files: string[] = [];
    const reads: Brain = (view) =>
      view.turn === 0 ? { tools: files.map((path) => ({ name: 'Read', input: { path } })) } : { text: view.last };
    await withGitRepository({ 'a.txt': 'one\n' }, async (repo) => {
      await withBench({ rules: [reads], cwd: repo.dir }, async (bench) => {
        const person = join(bench.home, 'person');
        await put({ cwd: person }, '.claude/skills/audit/SKILL.md', '---\ndescription: d\n---\nx');
        await put({ cwd: person }, '.claude/skills/audit/list.txt', 'the list');
        await put({ cwd: person }, '.claude/other.txt', 'the other');
        files.push(join(person, '.claude/skills/audit/list.txt'), join(person, '.claude/other.txt'));
        const told = resultOf(await bench.play(script("return await agent('read');"), { permissionMode: 'dontAsk' }));
        expect(told).toContain('the list');
        expect(told).toContain('Permission denied');
        expect(told).not.toContain('the other');
      });
    });
  });

  test('W26 a type has its skills from the start, also those that are not offered', async () => {
    await withBench({ rules: [ok] }, async (bench) => {
      const head = 'description: d\ndisable-model-invocation: true';
      await put(bench, '.claude/skills/audit/SKILL.md', `---\n${head}\n---\nLook twice.`);
      await put(bench, ...agentFile('auditor', 'skills: [audit, gone]'));
      const played = await bench.play(script("await agent('a', { agentType: 'auditor' }); await agent('b');"));
      const [typed, plain] = bench.simulator.requests.map(({ messages }) => JSON.stringify(messages[0]));
      expect(typed).toContain('Look twice.');
      expect(plain).not.toContain('audit');
      expect(warningsOf(played)).toContain('The agent type auditor has a skill "gone", which is not there.');
    });
  });

  test('W26 a rule may have a person asked for a skill and for an agent', async () => {
    const both: Brain = (view) =>
      view.turn === 0
        ? {
            tools: [
              { name: 'Skill', input: { skill: 'audit' } },
              { name: 'Agent', input: { prompt: 'look' } },
            ],
          }
        : { text: JSON.stringify(view.results) };
    await withBench({ rules: [both] }, async (bench) => {
      await put(bench, '.claude/skills/audit/SKILL.md', '---\ndescription: d\n---\nLook twice.');
      const permissions = { ask: ['Skill(audit)', 'Agent'], allow: ['Skill', 'Agent'] };
      await put(bench, '.claude/settings.json', JSON.stringify({ permissions }));
      const played = await bench.play(script("return await agent('a');"), { permissionMode: 'default' });
      const asked = played.events.flatMap((event) => (event.type === 'permission.asked' ? [event.tool] : []));
      expect(asked).toEqual(['Skill', 'Agent']);
    });
  });

  test('W26 a rule may forbid a skill', async () => {
    await withBench({ rules: [uses] }, async (bench) => {
      await put(bench, '.claude/skills/audit/SKILL.md', '---\ndescription: d\n---\nLook twice.');
      await put(bench, '.claude/settings.json', JSON.stringify({ permissions: { deny: ['Skill(audit)'] } }));
      const told = resultOf(await bench.play(script("return await agent('a');")));
      expect(told).toMatch(/the rule Skill\(audit\) forbids this skill/);
    });
  });
});
