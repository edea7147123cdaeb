import * as z from 'zod';
import { headline } from '../base/text.ts';
import { defineTool } from './defineTool.ts';
import type { Tool } from './tool.ts';

const MAX_ITEMS = 50;
const MAX_CHARS = 300;

const input = z.strictObject({
  todos: z
    .array(
      z.strictObject({
        task: z.string().trim().min(1).max(MAX_CHARS).describe('What is to be done, in one line.'),
        status: z.enum(['pending', 'in_progress', 'done']),
      }),
    )
    .max(MAX_ITEMS)
    .describe('The whole list, in order. It takes the place of the one before.'),
});
type Todo = z.infer<typeof input>['todos'][number];

const MARKS = { pending: '[ ]', in_progress: '[>]', done: '[x]' } as const;

/** An agent's list of what it has to do: for itself and who watches; it lives as long as the agent's tools. */
export function createTodoWriteTool(): Tool {
  let before: readonly Todo[] = [];
  return defineTool({
    name: 'TodoWrite',
    description: [
      'Keeps your list of what is to be done, for a task of three steps or more: write it when you begin, and again when a step is done or a new one turns up.',
      'Have one step in_progress at a time, and set it to done at once when it is, never before. Nobody but you does what stands there.',
    ].join('\n'),
    // It changes nothing but the list: planners and reviewers have one too, and it may be said again after an interruption.
    readOnly: true,
    input,
    plan: async ({ todos }) => ({
      summary: summaryOf(todos),
      run: async () => {
        const dropped = before.filter(
          ({ task, status }) => status !== 'done' && !todos.some((one) => one.task === task),
        );
        before = todos;
        const list = todos.map(({ task, status }) => `${MARKS[status]} ${task}`);
        const note = dropped.map(({ task }) => `No longer on the list, and not done: ${task}`);
        return { kind: 'ok', content: [summaryOf(todos), ...list, ...note].join('\n') };
      },
    }),
  });
}

/** `2 of 5 done; now: mend the parser`. */
function summaryOf(todos: readonly Todo[]): string {
  if (todos.length === 0) return 'nothing to do';
  const done = todos.filter(({ status }) => status === 'done').length;
  const now = todos.find(({ status }) => status === 'in_progress');
  return `${done} of ${todos.length} done${now ? `; now: ${headline(now.task, 120)}` : ''}`;
}
