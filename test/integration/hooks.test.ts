import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Brain } from '../../src/node/simulator/simulator.ts';
import { resultOf, script, withBench, type Played } from '../support/engine.ts';

let cwd: string;
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'dynamic-workflows-hooks-'));
});
afterEach(() => rm(cwd, { recursive: true, force: true }));

async function settings(hooks: object, file = 'settings.json'): Promise<void> {
  await mkdir(join(cwd, '.claude'), { recursive: true });
  await writeFile(join(cwd, '.claude', file), JSON.stringify({ hooks }));
}

function command(text: string, more: object = {}, matcher = ''): object {
  return { matcher, hooks: [{ type: 'command', command: text, ...more }] };
}

/** Adds what it is given to a file of the project, one line a call. */
const notes = (file: string): object =>
  command(`cat >> "$CLAUDE_PROJECT_DIR/${file}"; echo >> "$CLAUDE_PROJECT_DIR/${file}"`);

/** Copies the result of the run that it is told of to `seen`. */
const KEEPS_RESULT = `'${process.execPath}' -e 'const fs = require("fs");
const { result_path } = JSON.parse(fs.readFileSync(0, "utf8"));
fs.copyFileSync(result_path, process.env.CLAUDE_PROJECT_DIR + "/seen")'`;

const prints = (said: object): string => `echo '${JSON.stringify(said)}'`;

async function noted(file: string): Promise<Record<string, unknown>[]> {
  const text = await readFile(join(cwd, file), 'utf8').catch(() => '');
  const lines = text.split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** Calls a tool once and answers with what it was told then. */
const calls =
  (name: string, input: object): Brain =>
  (view) =>
    view.turn === 0 ? { tools: [{ name, input: { ...input } }] } : { text: view.last };

const ASKS = script("return agent('Do it.')");

function warnings({ events }: Played): readonly string[] {
  return events.flatMap((event) => (event.type === 'logged' && event.level === 'warning' ? [event.message] : []));
}

describe('around a tool call', () => {
  test('PreToolUse blocks a command, and the model hears why', async () => {
    await settings({ PreToolUse: [command('echo "no writing on Fridays" >&2; exit 2', {}, 'Bash')] });
    await withBench({ cwd, rules: [calls('Bash', { command: 'touch made' })] }, async ({ play }) => {
      const played = await play(ASKS);
      expect(resultOf(played)).toBe('A hook blocked this call: no writing on Fridays');
      await expect(readFile(join(cwd, 'made'))).rejects.toThrow(/ENOENT/);
      expect(warnings(played)).toEqual([]);
    });
  });

  test('hooks are told of the call, with the names that people look for', async () => {
    await writeFile(join(cwd, 'a.txt'), 'hello\n');
    await settings({ PreToolUse: [notes('pre')] });
    await settings({ PostToolUse: [notes('post')] }, 'settings.local.json');
    await withBench({ cwd, rules: [calls('Read', { path: 'a.txt' })] }, async ({ play }) => {
      const { runId } = await play(ASKS);
      const about = {
        session_id: runId,
        permission_mode: 'bypassPermissions',
        agent_type: 'general-purpose',
        agent_id: 'a1',
        cwd,
        tool_name: 'Read',
        tool_input: { path: 'a.txt', file_path: join(cwd, 'a.txt') },
      };
      expect(await noted('pre')).toEqual([expect.objectContaining({ ...about, hook_event_name: 'PreToolUse' })]);
      expect(await noted('post')).toEqual([
        expect.objectContaining({
          ...about,
          hook_event_name: 'PostToolUse',
          tool_response: { content: expect.stringContaining('hello') as string },
        }),
      ]);
    });
  });

  test('a hook may change the input, and what it changed to has to be allowed as well', async () => {
    const updatedInput = { command: 'echo changed' };
    await settings({ PreToolUse: [command(prints({ hookSpecificOutput: { updatedInput } }))] });
    await withBench({ cwd, rules: [calls('Bash', { command: 'echo as asked' })] }, async ({ play }) => {
      expect(resultOf(await play(ASKS))).toBe('changed');
      await writeFile(
        join(cwd, '.claude', 'settings.local.json'),
        JSON.stringify({ permissions: { deny: ['Bash(echo changed)'] } }),
      );
      expect(resultOf(await play(ASKS))).toMatch(/^Permission denied: the rule Bash\(echo changed\) forbids it/);
    });
  });

  test('allow spares the question and never a rule', async () => {
    await settings({ PreToolUse: [command(prints({ hookSpecificOutput: { permissionDecision: 'allow' } }))] });
    const launch = { permissionMode: 'default' } as const;
    await withBench({ cwd, rules: [calls('Bash', { command: 'echo ran' })] }, async ({ play }) => {
      expect(resultOf(await play(ASKS, launch))).toBe('ran');
      await writeFile(join(cwd, '.claude', 'settings.local.json'), '{"permissions":{"deny":["Bash(echo:*)"]}}');
      expect(resultOf(await play(ASKS, launch))).toMatch(/^Permission denied: the rule/);
    });
  });

  test('what PostToolUse says stands beside the result', async () => {
    await settings({ PostToolUse: [command(prints({ decision: 'block', reason: 'the linter complains' }))] });
    await withBench({ cwd, rules: [calls('Bash', { command: 'echo ran' })] }, async ({ play }) => {
      expect(resultOf(await play(ASKS))).toBe('ran\n\n[A hook adds: the linter complains]');
    });
  });

  test.each([
    { name: 'hangs', hook: command('sleep 60', { timeout: 0.2 }), says: 'took too long and was ended' },
    { name: 'fails', hook: command('echo oops >&2; exit 1'), says: 'ended with exit code 1: oops' },
    { name: 'prints rubbish', hook: command("echo '{rubbish'"), says: 'printed JSON that is not what a hook may say' },
    { name: 'ends itself', hook: command('kill -9 $$'), says: 'was ended by a signal' },
    { name: 'is no command at all', hook: command('/no/such/program'), says: 'ended with exit code 127' },
  ])('a hook that $name is one warning, and the calls go on', async ({ hook, says }) => {
    await settings({ PreToolUse: [hook] });
    const twice: Brain = (view) =>
      view.turn < 2 ? { tools: [{ name: 'Bash', input: { command: 'echo ran' } }] } : { text: view.last };
    await withBench({ cwd, rules: [twice] }, async ({ play }) => {
      const played = await play(ASKS);
      expect(played.end).toMatchObject({ status: 'completed', result: 'ran' });
      expect(warnings(played)).toEqual([expect.stringContaining(says)]);
      expect(warnings(played)[0]).toContain('PreToolUse 1 of .claude/settings.json');
    });
  });

  test('what a hook prints without end counts for nothing, unless it is an answer: then the call is blocked', async () => {
    const prints = (sign: string) => command(`head -c 20000000 /dev/zero | tr '\\0' '${sign}'`);
    const once = calls('Bash', { command: 'echo ran' });
    await settings({ PreToolUse: [prints('x')] });
    await withBench({ cwd, rules: [once] }, async ({ play }) =>
      expect((await play(ASKS)).end).toMatchObject({ result: 'ran' }),
    );
    await settings({ PreToolUse: [prints('{')] });
    await withBench({ cwd, rules: [once] }, async ({ play }) => {
      const played = await play(ASKS);
      expect(played.end).toMatchObject({ status: 'completed', result: expect.stringContaining('too long') as string });
    });
  });

  test('hooks see no secret', async () => {
    await settings({ PreToolUse: [command('env > "$CLAUDE_PROJECT_DIR/env"')] });
    process.env['HOOKS_TEST_TOKEN'] = 'tok-123';
    try {
      await withBench({ cwd, rules: [calls('Bash', { command: 'true' })] }, async ({ play }) => play(ASKS));
    } finally {
      delete process.env['HOOKS_TEST_TOKEN'];
    }
    const env = await readFile(join(cwd, 'env'), 'utf8');
    expect(env).toContain(`CLAUDE_PROJECT_DIR=${cwd}`);
    expect(env).not.toContain('tok-123');
  });

  test('a hook is ended with its run', async () => {
    await settings({ PreToolUse: [command('echo $$ > "$CLAUDE_PROJECT_DIR/pid"; sleep 60')] });
    await withBench({ cwd, rules: [calls('Bash', { command: 'true' })] }, async ({ engine, launch }) => {
      const launched = await launch(ASKS);
      if (launched.status === 'refused') throw new Error(launched.errors.join('\n'));
      const { runId } = launched;
      await expect.poll(() => readFile(join(cwd, 'pid'), 'utf8').catch(() => '')).toMatch(/\d\n/);
      engine.dispatch({ type: 'run.stop', runId, commandId: 'stop' });
      expect((await engine.finished(runId)).end.status).toBe('stopped');
      const pid = Number(await readFile(join(cwd, 'pid'), 'utf8'));
      expect(() => process.kill(pid, 0)).toThrow(/ESRCH/);
    });
  });
});

describe('around an agent', () => {
  test('SubagentStart adds to its task', async () => {
    const said = { hookSpecificOutput: { hookEventName: 'SubagentStart', additionalContext: 'Speak French.' } };
    await settings({
      SubagentStart: [command(prints(said), {}, 'general-purpose'), command('exit 3', {}, 'reviewer')],
    });
    await withBench({ cwd, rules: [(view) => ({ text: view.prompt })] }, async ({ play }) => {
      const played = await play(ASKS);
      expect(resultOf(played)).toMatch(/Do it\.\n\n\[A hook adds: Speak French\.\]$/);
      expect(warnings(played)).toEqual([]);
    });
  });

  test('SubagentStop sends it back to work, and hears that it did', async () => {
    await settings({
      SubagentStop: [command('grep -q \'"stop_hook_active":true\' || { echo "run the tests first" >&2; exit 2; }')],
    });
    const brain: Brain = (view) => ({ text: view.turn === 0 ? 'too early' : `then: ${view.last}` });
    await withBench({ cwd, rules: [brain] }, async ({ play }) => {
      expect(resultOf(await play(ASKS))).toBe('then: A hook does not let you end yet: run the tests first');
    });
  });

  test('a hook that is never content does not keep an agent for ever', async () => {
    await settings({ SubagentStop: [command('exit 2'), notes('stops')] });
    await withBench({ cwd, rules: [(view) => ({ text: `${view.turn}` })] }, async ({ play }) => {
      expect(resultOf(await play(ASKS))).toBe('5');
      expect(await noted('stops')).toHaveLength(6);
    });
  });

  test('an answer in form can be sent back too', async () => {
    await settings({
      SubagentStop: [command('grep -q \'"stop_hook_active":true\' || exit 2')],
      PreToolUse: [notes('pre')],
    });
    const brain: Brain = (view) => ({
      tools: [{ name: 'StructuredOutput', input: { n: view.turn } }],
    });
    const schema = "{ type: 'object', properties: { n: { type: 'number' } }, required: ['n'] }";
    await withBench({ cwd, rules: [brain] }, async ({ play }) => {
      expect(resultOf(await play(script(`return agent('Do it.', { schema: ${schema} })`)))).toEqual({ n: 1 });
      expect(await noted('pre')).toEqual([]);
    });
  });
});

describe('around a run', () => {
  const PHASES = script(
    `phase('Look'); await agent('First.', { label: 'first' });
     phase('Act'); return agent('Second.', { label: 'second' });`,
    "name: 'two', description: 'Two phases.', phases: [{ title: 'Look' }, { title: 'Act' }]",
  );

  test('its course is told in order, and WorkflowEnd finds the result', async () => {
    await settings({
      WorkflowStart: [notes('course')],
      PhaseStart: [notes('course')],
      AgentEnd: [notes('course')],
      WorkflowEnd: [notes('course'), command(KEEPS_RESULT)],
    });
    await withBench({ cwd, rules: [() => ({ text: 'all well' })] }, async ({ play }) => {
      const { runId } = await play(PHASES);
      const course = await noted('course');
      expect(course.map(({ hook_event_name: event, phase, label }) => [event, label ?? phase])).toEqual([
        ['WorkflowStart', undefined],
        ['PhaseStart', 'Look'],
        ['AgentEnd', 'first'],
        ['PhaseStart', 'Act'],
        ['AgentEnd', 'second'],
        ['WorkflowEnd', undefined],
      ]);
      expect(course[0]).toMatchObject({ source: 'launch', run_id: runId, workflow_name: 'two' });
      expect(course.at(-1)).toMatchObject({ status: 'completed', failures: 0 });
      expect(JSON.parse(await readFile(join(cwd, 'seen'), 'utf8'))).toBe('all well');
    });
  });

  test('a hook that hangs does not lose the run, and what fails at its end is told', async () => {
    await settings({
      WorkflowStart: [command('sleep 60', { timeout: 0.1 })],
      AgentEnd: [command('sleep 60', { timeout: 0.1 })],
      WorkflowEnd: [command('echo late >&2; exit 1')],
    });
    await withBench({ cwd, rules: [() => ({ text: 'all well' })] }, async ({ play }) => {
      const played = await play(PHASES);
      expect(played.end).toMatchObject({ status: 'completed', result: 'all well' });
      expect(warnings(played).map((warning) => /hook (\w+) 1/.exec(warning)?.[1])).toEqual([
        'WorkflowStart',
        'AgentEnd',
      ]);
      expect(played.warnings).toEqual([expect.stringContaining('late')]);
      expect(played.events.at(-1)?.type).toBe('run.ended');
    });
  });

  test('a resume reads hooks anew, and tells nothing of what had ended before', async () => {
    await withBench({ cwd, rules: [() => ({ text: 'all well' })] }, async ({ play, resume }) => {
      const { runId } = await play(PHASES);
      await settings({ WorkflowStart: [notes('course')], AgentEnd: [notes('course')] });
      await resume(runId);
      expect(await noted('course')).toEqual([expect.objectContaining({ source: 'resume', attempt: 2 })]);
    });
  });

  test('an engine that closes does not wait for a hook', async () => {
    await settings({ WorkflowEnd: [command('sleep 600', { timeout: 600 })] });
    await withBench({ cwd, rules: [() => ({ text: 'all well', latencyMs: 60_000 })] }, async ({ engine, launch }) => {
      const launched = await launch(ASKS);
      if (launched.status === 'refused') throw new Error(launched.errors.join('\n'));
      await engine.close();
      expect((await engine.finished(launched.runId)).end).toMatchObject({ status: 'stopped', reason: 'closed' });
    });
  });

  test('settings that cannot be read are one warning, and no hook is called', async () => {
    await mkdir(join(cwd, '.claude'));
    await writeFile(
      join(cwd, '.claude', 'settings.json'),
      '{"hooks": {"PreToolUse": [{"hooks": [{"type": "prompt"}]}]}}',
    );
    await withBench({ cwd, rules: [calls('Bash', { command: 'echo ran' })] }, async ({ play }) => {
      const played = await play(ASKS);
      expect(resultOf(played)).toBe('ran');
      expect(warnings(played)).toEqual([expect.stringContaining('PreToolUse 1 of .claude/settings.json is not')]);
    });
  });
});
