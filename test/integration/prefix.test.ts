import { describe, expect, test } from 'vitest';
import { paramsOf } from '../../src/node/anthropicRequest.ts';
import type { Brain } from '../../src/node/simulator/simulator.ts';
import { withGitRepository } from '../support/gitRepository.ts';
import { script, withBench } from '../support/engine.ts';

const FILES = { 'CLAUDE.md': 'Never touch vault.txt.', 'src/a.ts': 'a\n' };

describe('what the prompt cache can hold', () => {
  test.each([
    { role: 'agents', body: "await parallel([() => agent('one', {label: 'a'}), () => agent('two', {label: 'b'})]);" },
    { role: 'authors', body: "await parallel([() => change('one'), () => change('two')]);" },
  ])('two $role of a run have tools, system prompt and shared context byte for byte in common', async ({ body }) => {
    const brain: Brain = () => ({ text: 'done' });
    await withGitRepository(FILES, async ({ dir }) => {
      await withBench({ rules: [brain], cwd: dir }, async ({ play, simulator }) => {
        await play(script(body));
        const [one, two] = simulator.requests.map(({ tools, system, messages }) => {
          const content = messages[0]?.content;
          const [shared, task] = typeof content === 'string' ? [] : (content ?? []);
          return { prefix: JSON.stringify([tools, system, shared]), task: JSON.stringify(task) };
        });
        expect(one?.prefix).toBe(two?.prefix);
        expect(one?.prefix).toContain('Never touch vault.txt.');
        expect(one?.task).toMatch(/Your working directory is .*Today is \d{4}-\d\d-\d\d\.\\n\\n(one|two)/);
        expect(one?.task).not.toBe(two?.task);
      });
    });
  });

  test('breakpoints stand after the system prompt, after what a run shares, and at the tail', () => {
    const params = paramsOf(
      {
        model: 'm',
        system: 'You are.',
        tools: [{ name: 'Read', description: 'Reads', inputSchema: { type: 'object' } }],
        maxTokens: 10,
        messages: [
          {
            role: 'user',
            content: [
              { type: 'text', text: 'rules', shared: true },
              { type: 'text', text: 'task' },
            ],
          },
          { role: 'assistant', content: [{ type: 'text', text: 'rules' }] },
          { role: 'user', content: [{ type: 'text', text: 'more' }] },
        ],
      },
      true,
    );
    const marked = { type: 'ephemeral' };
    expect(params.system).toEqual([{ type: 'text', text: 'You are.', cache_control: marked }]);
    expect(params.messages).toEqual([
      {
        role: 'user',
        content: [
          { type: 'text', text: 'rules', cache_control: marked },
          { type: 'text', text: 'task' },
        ],
      },
      { role: 'assistant', content: [{ type: 'text', text: 'rules' }] },
      { role: 'user', content: [{ type: 'text', text: 'more', cache_control: marked }] },
    ]);
  });
});
