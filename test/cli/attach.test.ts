import { join } from 'node:path';
import { expect, test } from 'vitest';
import { chat } from '../../src/cli/commands/chat.ts';
import type { Io } from '../../src/cli/io.ts';
import { fakeIo } from '../../src/cli/io.fake.ts';
import { startSimulator, type Brain } from '../../src/node/simulator/simulator.ts';
import { HeldAnswers } from '../vscode/heldAnswers.ts';
import { script, withDesk, type Desk, type Started } from './dwf.ts';

/** A person at a terminal of this process, whose session is another's. */
class Person {
  readonly #io = fakeIo({ terminal: { columns: 80, rows: 24 } });
  readonly #typed: (string | null)[] = [];
  #wake: () => void = () => undefined;
  #seen = 0;
  readonly left: Promise<number>;

  constructor({ folder }: Desk, argv: readonly string[], env: Readonly<Record<string, string>> = {}) {
    const io: Io = {
      ...this.#io,
      ...{ cwd: folder, home: folder, canAsk: true },
      env: { PATH: process.env['PATH'], DYNAMIC_WORKFLOWS_HOME: join(folder, 'home'), ...env },
      readLine: (signal) => this.#line(signal),
    };
    this.left = chat(io, argv);
  }

  type(line: string | null): void {
    this.#typed.push(line);
    this.#wake();
  }

  /** Until this is on the screen, below all that was waited for before. */
  async sees(text: string): Promise<void> {
    await expect.poll(() => this.#io.out().slice(this.#seen), { timeout: 30_000 }).toContain(text);
    this.#seen = this.#io.out().indexOf(text, this.#seen) + text.length;
  }

  get screen(): string {
    return this.#io.out();
  }

  async #line(signal: AbortSignal | undefined): Promise<string | null> {
    while (this.#typed.length === 0 && signal?.aborted !== true)
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        signal?.addEventListener('abort', () => resolve(), { once: true });
      });
    return this.#typed.shift() ?? null;
  }
}

const SCRIPT = script("return await agent('look slowly');", 'looking');

const plays: Brain = (view) => {
  const said = view.last;
  if (view.prompt.endsWith('look slowly')) return { text: 'looked' };
  if (said.includes('workflow-ended')) return { text: 'All is looked at.' };
  if (said.includes('"status":"started"')) return { text: 'It has begun.' };
  if (said.includes('use a workflow')) return { tools: [{ name: 'Workflow', input: { script: SCRIPT } }] };
  if (said.endsWith('make it')) return { tools: [{ name: 'Write', input: { path: 'made.txt', content: 'made\n' } }] };
  return { text: said.includes('made.txt') ? 'It is made.' : `You said ${said.split('\n').at(-1) ?? ''}.` };
};

interface Stage extends Desk {
  readonly url: string;
  readonly held: HeldAnswers;
  readonly serve: () => Promise<Started>;
}

async function withStage(use: (stage: Stage) => Promise<void>): Promise<void> {
  const held = new HeldAnswers('look slowly');
  const simulator = await startSimulator({ rules: [held.brain, plays] });
  try {
    await held.during(() =>
      withDesk(async (desk) => {
        const serve = async (): Promise<Started> => {
          const started = desk.start(['serve', '--base-url', simulator.url]);
          await started.says('It ends with Ctrl-C');
          return started;
        };
        await use({ ...desk, held, url: simulator.url, serve });
      }),
    );
  } finally {
    await simulator.close();
  }
}

const RETURN = /dwf chat --session (session-\w+)/;

test('a chat attaches to a served session, streams, answers, leaves it, and comes back to what was said', () =>
  withStage(async (stage) => {
    const { child } = await stage.serve();
    const ada = new Person(stage, ['--detach']);
    await ada.sees(`This session is open in process ${child.pid}`);
    ada.type('hello');
    await ada.sees('You said hello.');
    ada.type('make it');
    await ada.sees('Write asks for permission');
    ada.type('y');
    await ada.sees('It is made.');
    ada.type(null);
    expect(await ada.left).toBe(0);
    await ada.sees(`The session goes on in process ${child.pid}.`);
    const [, sessionId = ''] = RETURN.exec(ada.screen) ?? [];

    const again = new Person(stage, ['--session', sessionId]);
    await again.sees('> hello\nYou said hello.\n');
    await again.sees('It is made.');
    expect(again.screen).not.toContain('Allow it?');
    await again.sees('> ');
    // A second terminal sees what is said in the first.
    const bob = new Person(stage, ['--continue']);
    await bob.sees('open in process');
    again.type('from the other side');
    await bob.sees('> from the other side\n');
    await bob.sees('You said from the other side.');
    await again.sees('You said from the other side.');
    expect(again.screen).not.toContain('> from the other side');
    again.type('/quit');
    await again.left;
    bob.type('still here');
    await bob.sees('You said still here.');
    child.kill('SIGTERM');
    await bob.sees(`The session was closed in process ${child.pid}.`);
    expect(await bob.left).toBe(0);
  }));

test('a question that was asked before is shown to whoever attaches', () =>
  withStage(async (stage) => {
    await stage.serve();
    const said = await stage.dwf(['chat', '--detach', '-p', 'make it']);
    const [, sessionId = ''] = RETURN.exec(said.stdout) ?? [];
    const person = new Person(stage, ['--session', sessionId]);
    await person.sees('Write asks for permission');
    person.type('n');
    await person.sees('You said');
    person.type(null);
    await person.left;
  }));

test('a session that another terminal has is talked with there', () =>
  withStage(async (stage) => {
    const owner = new Person(stage, ['--base-url', stage.url]);
    await owner.sees('Say what you want');
    owner.type('mine');
    await owner.sees('You said mine.');
    // A process of its own says something in it, and is refused without a terminal.
    const refused = await stage.dwf(['chat', '--continue', '-p', 'hello']);
    expect(refused.stderr).toContain(`The session is open in process ${process.pid}. Add --detach`);
    expect(await stage.dwf(['chat', '--continue', '--detach', '-p', 'from outside'])).toMatchObject({ code: 0 });
    await owner.sees('> from outside\n');
    await owner.sees('You said from outside.');
    const long = `${'x'.repeat(40_000)}\nat length`;
    expect(await stage.dwf(['chat', '--continue', '--detach', '-p', long])).toMatchObject({ code: 0 });
    await owner.sees('You said at length.');
    owner.type('/detach');
    await owner.sees('No process serves here.');
    owner.type(null);
    await owner.left;
  }));

test('/detach hands a session and its runs to the serving process', () =>
  withStage(async (stage) => {
    const serving = await stage.serve();
    const person = new Person(stage, ['--base-url', stage.url, '--yes']);
    await person.sees('Say what you want');
    person.type('use a workflow');
    await person.sees('It has begun.');
    person.type('/detach');
    await person.sees('The serving process has it from here on.');
    expect(await person.left).toBe(0);
    const [, sessionId = ''] = RETURN.exec(person.screen) ?? [];
    await serving.says('Run looking-');
    const again = new Person(stage, ['--session', sessionId]);
    await again.sees('It has begun.');
    stage.held.letGo('look slowly');
    await again.sees('All is looked at.');
    again.type(null);
    await again.left;
  }));
