import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { sendControl } from '../../src/node/controlClient.ts';
import { runFolders } from '../../src/node/runFiles.ts';
import { startSimulator } from '../../src/node/simulator/simulator.ts';
import { HeldAnswers } from '../vscode/heldAnswers.ts';
import { script, withDesk } from './dwf.ts';

const SCRIPT = script(
  "const parts = await parallel(['one', 'two'].map((name) => () => agent('look at ' + name)));\nreturn parts.length + ' parts';",
);
const RULES = [
  { when: { prompt: 'look at (one|two)$' }, reply: { text: 'seen' } },
  { when: { last: 'workflow-ended' }, reply: { text: 'Both parts are looked at.' } },
  { when: { last: '"status":"started"' }, reply: { text: 'It has begun.' } },
  { when: { last: 'not started|denied|not allowed' }, reply: { text: 'I may not start it.' } },
  { when: { last: 'use a workflow' }, reply: { tools: [{ name: 'Workflow', input: { script: SCRIPT } }] } },
  { when: { last: '(?s:(one thing|another).*)' }, reply: { text: 'You said {{1}}.' } },
];

test('-p stays until what it started has ended, and prints the last answer', async () => {
  await withDesk(async ({ write, dwf }) => {
    const rules = await write('rules.json', JSON.stringify(RULES));
    const { stdout, stderr, code } = await dwf([
      'chat',
      '-p',
      'use a workflow to look at both',
      '--yes',
      '--simulate',
      rules,
    ]);
    expect(stdout).toBe('Both parts are looked at.\n');
    expect(stderr).toMatch(/Workflow test has begun: dwf show test-\w+\n(.*\n)*Workflow test: completed\n/);
    expect(code).toBe(0);
  });
});

test('without a person nothing starts that nobody has allowed; --json says how it went, --continue goes on', async () => {
  await withDesk(async ({ write, dwf }) => {
    const rules = await write('rules.json', JSON.stringify(RULES));
    const first = await dwf(['chat', '-p', 'use a workflow', '--simulate', rules, '--json']);
    const object = JSON.parse(first.stdout) as { readonly sessionId: string };
    expect(object).toMatchObject({ status: 'completed', answer: 'I may not start it.', runs: [] });
    const again = await dwf(['chat', '--continue', '-p', 'one thing', '--simulate', rules, '--json']);
    expect(JSON.parse(again.stdout)).toMatchObject({ sessionId: object.sessionId, answer: 'You said one thing.' });
    const help = await dwf(['chat', '-p', '/help', '--simulate', rules]);
    expect(help.stdout).toContain('/effort low|medium');
  });
});

test.each([
  { type: 'session.interrupt', message: 'Interrupted.' },
  { type: 'run.stop', message: 'Stopped by a person.' },
] as const)('-p is not done when another process says $type', async ({ type, message }) => {
  const held = new HeldAnswers('slowly');
  const simulator = await startSimulator({ rules: [held.brain] });
  try {
    await held.during(() =>
      withDesk(async ({ folder, start }) => {
        const { ended } = start(['chat', '-p', 'slowly', '--json', '--base-url', simulator.url]);
        await expect.poll(() => simulator.count, { timeout: 60_000 }).toBe(1);
        const [session] = await runFolders(join(folder, 'home'), undefined, 'sessions');
        if (!session) throw new Error('There is no session.');
        expect(await sendControl(session, { type })).toEqual({ kind: 'accepted' });
        const { stdout, stderr, code } = await ended;
        expect(JSON.parse(stdout)).toMatchObject({ status: 'stopped', answer: null, message });
        expect(stderr).toContain(`${message}\n`);
        expect(code).toBe(130);
      }),
    );
  } finally {
    await simulator.close();
  }
});

test('-p fails with its session, and says by what', async () => {
  await withDesk(async ({ folder, dwf }) => {
    await dwf(['chat', '-p', 'one', '--simulate']);
    const [session] = await runFolders(join(folder, 'home'), undefined, 'sessions');
    const transcript = join(session?.dir ?? '', 'agents/main.ndjson');
    await rm(transcript);
    await mkdir(transcript);
    const { stdout, stderr, code } = await dwf(['chat', '--continue', '-p', 'two', '--simulate', '--json']);
    expect(JSON.parse(stdout)).toMatchObject({ status: 'failed', answer: null });
    expect(stderr).toContain('EISDIR');
    expect(code).toBe(1);
  });
});

test('-p refuses a command that there is none of', async () => {
  await withDesk(async ({ dwf }) => {
    const { stdout, stderr, code } = await dwf(['chat', '-p', '/nosuch', '--simulate']);
    expect([stdout, code]).toEqual(['', 2]);
    expect(stderr).toContain('There is no command /nosuch.');
    const told = await dwf(['chat', '-p', '/nosuch', '--simulate', '--json']);
    expect(JSON.parse(told.stdout)).toMatchObject({ status: 'refused', answer: null });
  });
});

test.each([
  { argv: ['chat', '--json'], said: '--json goes with -p alone.' },
  { argv: ['chat'], said: 'There is no terminal to type in.' },
  { argv: ['chat', '-p', ' '], said: '-p needs something to ask.' },
  { argv: ['chat', 'hello'], said: 'dwf chat -p' },
  { argv: ['chat', '-p', 'x', '--effort', 'hihg'], said: '--effort is one of low, medium' },
  { argv: ['chat', '-c', '-p', 'x', '--simulate'], said: 'There is no session in this folder' },
  { argv: ['chat', '--session', 'session-nope', '-p', 'x', '--simulate'], said: 'There is no session session-nope' },
])('dwf $argv is refused with what to do', async ({ argv, said }) => {
  await withDesk(async ({ dwf }) => {
    const { stderr, code } = await dwf(argv);
    expect(stderr).toContain(said);
    expect(code).toBe(2);
  });
});
