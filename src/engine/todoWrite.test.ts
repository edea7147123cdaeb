import { describe, expect, test } from 'vitest';
import { createTodoWriteTool } from './todoWrite.ts';
import type { Tool } from './tool.ts';

const todo = (task: string, status: string) => ({ task, status });

async function write(tool: Tool, todos: readonly object[]) {
  const prepared = await tool.prepare({ todos });
  if (prepared.kind === 'invalid') return { summary: null, outcome: prepared.message };
  const outcome = await prepared.call.run(new AbortController().signal);
  expect(prepared.call.permission).toBeUndefined();
  return { summary: prepared.call.summary, outcome: outcome.kind === 'ok' ? outcome.content : outcome };
}

describe('TodoWrite', () => {
  test('takes the list, shows it, and says in one line how far it is', async () => {
    const tool = createTodoWriteTool();
    expect(await write(tool, [todo('look', 'done'), todo('mend', 'in_progress'), todo('test', 'pending')])).toEqual({
      summary: '1 of 3 done; now: mend',
      outcome: '1 of 3 done; now: mend\n[x] look\n[>] mend\n[ ] test',
    });
    expect((await write(tool, [todo('look', 'done'), todo('mend', 'done'), todo('test', 'done')])).summary).toBe(
      '3 of 3 done',
    );
    expect(await write(tool, [])).toEqual({ summary: 'nothing to do', outcome: 'nothing to do' });
  });

  test('says what fell off the list without being done', async () => {
    const tool = createTodoWriteTool();
    await write(tool, [todo('look', 'done'), todo('mend', 'in_progress')]);
    expect((await write(tool, [todo('test', 'pending')])).outcome).toBe(
      '0 of 1 done\n[ ] test\nNo longer on the list, and not done: mend',
    );
    expect((await write(createTodoWriteTool(), [todo('else', 'pending')])).outcome).not.toContain('No longer');
  });

  test.each([
    { name: 'an unknown status', todos: [todo('a', 'started')], says: /todos\.0\.status/ },
    { name: 'an empty task', todos: [todo(' ', 'done')], says: /todos\.0\.task/ },
    { name: 'a task of a page', todos: [todo('a'.repeat(301), 'done')], says: /todos\.0\.task/ },
    { name: 'too many', todos: Array.from({ length: 51 }, () => todo('a', 'done')), says: /todos: .*<=50/ },
    { name: 'fields it does not know', todos: [{ ...todo('a', 'done'), due: 1 }], says: /"due"/ },
  ])('refuses $name', async ({ todos, says }) => {
    expect((await write(createTodoWriteTool(), todos)).outcome).toMatch(says);
  });
});
