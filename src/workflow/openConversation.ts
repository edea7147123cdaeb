import { clip, count } from '../base/text.ts';
import { goOn, reachedOutside, sinceBegunAnew, sinceCompacted, withSaid, type Resumed } from '../engine/goOn.ts';
import { isHeard } from '../engine/heard.ts';
import type { LoopEnd } from '../engine/queryLoop.ts';
import { STRUCTURED_OUTPUT } from '../engine/structuredOutput.ts';
import type { Tool } from '../engine/tool.ts';
import type { ToolRouter } from '../engine/toolRouter.ts';
import { toolCallsOf, userText, type Message, type UserMessage } from '../protocol/conversation.ts';
import type { AgentLife } from './agentLife.ts';
import type { RunContext } from './runContext.ts';
import { skillsTold } from './skillTool.ts';
import type { SubagentTask } from './subagent.ts';

export interface Opening {
  readonly messages: readonly Message[];
  /** What the transcript does not have yet. */
  readonly added: readonly Message[];
  /** The beginning of its answer, which its length limit had cut. */
  readonly partial?: string;
  /** It had ended before it was interrupted. */
  readonly end?: LoopEnd;
}

/** The conversation's beginning, or where an interrupted one goes on. */
export async function openConversation(
  run: RunContext,
  task: SubagentTask,
  life: AgentLife,
  { tools, router }: { readonly tools: readonly Tool[]; readonly router: ToolRouter },
): Promise<Opening> {
  const { agentId } = life;
  const earlier = task.history ? [] : sinceBegunAnew(life.takeHistory());
  if (!earlier.some(({ role }) => role === 'assistant')) {
    const first = task.history ? userText(task.prompt) : openingMessage(run, task, tools);
    // One that was interrupted before its first reply has been asked, and told what came meanwhile, and no more.
    const known = earlier.some((message) => JSON.stringify(message) === JSON.stringify(first));
    let messages = withSaid(task.history ?? [], first);
    for (const told of earlier) if (isHeard(told)) messages = withSaid(messages, told);
    return { messages, added: known ? [] : [first] };
  }
  // That a tool of an MCP server only reads is what the server says.
  const known = tools.filter((tool) => tool.readOnly && !tool.spec.name.startsWith('mcp__'));
  const repeatable = new Set(known.map((tool) => tool.spec.name));
  const canRepeat = (name: string): boolean => repeatable.has(name) || name === STRUCTURED_OUTPUT;
  const lostWork = task.restored === false && !everyCall(earlier, canRepeat);
  const deps = {
    tools: router,
    repeatable: canRepeat,
    answersByTool: task.options.schema !== undefined,
    lostWork,
  };
  const note = resumeNote(task, earlier, lostWork);
  const { messages, added, answer, partial } = await goOn(sinceCompacted(earlier), note, deps, life.signal);
  const turns = earlier.filter(({ role }) => role === 'assistant').length;
  const message = `Goes on where it was interrupted, after ${count(turns, 'turn')}.`;
  run.recorder.emit({ type: 'agent.restarted', agentId, why: 'resumed', message });
  return answer ? { messages, added, partial, end: endOf(answer, messages) } : { messages, added, partial };
}

function everyCall(history: readonly Message[], holds: (tool: string) => boolean): boolean {
  return history.every((message) => message.role === 'user' || toolCallsOf(message).every(({ name }) => holds(name)));
}

function endOf(answer: Resumed, messages: readonly Message[]): LoopEnd {
  if (answer.kind === 'text') return { kind: 'done', text: answer.text, messages };
  if (answer.kind === 'refused')
    return { kind: 'failed', cause: 'refused', message: answer.text || 'the model refused' };
  return answer.ending.kind === 'final'
    ? { kind: 'done', text: '', value: answer.ending.value, messages }
    : { kind: 'failed', cause: 'schema', message: answer.ending.message, messages };
}

const LOST_WORK =
  'Nothing of what you had written or run is in your working directory any more: it is as it was when you began. What your task needs of it has to be done again.';

/** What an agent has to know that was interrupted: where it is, and what it must not do a second time unseen. */
function resumeNote(task: SubagentTask, history: readonly Message[], lostWork: boolean): string {
  const outside = reachedOutside(history).slice(-20);
  return [
    `You were interrupted and go on here. Your working directory is ${task.workspace.cwd}. Files that you have read may have changed; processes that you had started are gone.`,
    ...(lostWork ? [LOST_WORK] : []),
    ...(outside.length === 0
      ? []
      : [
          `These commands of yours reach beyond this folder and may have done their work already. Look up whether they did before you run one of them, or one with the same effect, again:\n${outside.map((command) => `- ${clip(command, 300)}`).join('\n')}`,
        ]),
    'Go on with your task.',
  ].join('\n\n');
}

/** What varies from agent to agent comes last, after what all of a role and all of a run share. */
function openingMessage(run: RunContext, task: SubagentTask, tools: readonly Tool[]): UserMessage {
  const place = task.workspace.ownsRoot
    ? `Your working directory is ${task.workspace.cwd}, a git worktree of your own. You may write there and nowhere else. Servers that you start listen on the 20 ports from $WORKFLOW_PORT_BASE on.`
    : `Your working directory is ${task.workspace.cwd}.`;
  const today = new Date(run.deps.clock.now()).toISOString().slice(0, 10);
  const told = [`${place}\nToday is ${today}.`, ...skillsTold(run, task.type, tools), task.prompt];
  const own = userText(told.join('\n\n'));
  const { shared } = run.briefing;
  return shared === '' ? own : { ...own, content: [{ type: 'text', text: shared, shared: true }, ...own.content] };
}
