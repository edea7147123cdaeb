import type { Event } from '../protocol/messages.ts';
import type { PermissionQuestion } from './state.ts';

type Questions = readonly PermissionQuestion[];
type PermissionEvent = Extract<Event, { readonly type: `permission.${string}` }>;

/** What is still asked of a person after the event. */
export function questionsAfter(questions: Questions, event: PermissionEvent): Questions {
  const { requestId } = event;
  switch (event.type) {
    case 'permission.asked': {
      const { agentId, tool, summary, rules = [], launch, at } = event;
      const offer = launch === undefined ? {} : { launch };
      return [...questions, { requestId, agentId, others: [], rules, tool, summary, ...offer, askedAt: at }];
    }
    case 'permission.joined':
      return changed(questions, requestId, (one) => ({ ...one, others: [...one.others, event.agentId] }));
    case 'permission.withdrawn':
      return changed(questions, requestId, (one) => without(one, event.agentId));
    case 'permission.answered':
      return changed(questions, requestId, () => null);
  }
}

/** Null takes the question away. */
function changed(
  questions: Questions,
  requestId: string,
  change: (question: PermissionQuestion) => PermissionQuestion | null,
): Questions {
  return questions.flatMap((one) => (one.requestId === requestId ? (change(one) ?? []) : [one]));
}

/** An agent may ask the same in several calls of one turn, so that only one of its places goes. */
function without(question: PermissionQuestion, agentId: string): PermissionQuestion | null {
  const asking = [question.agentId, ...question.others];
  const at = asking.lastIndexOf(agentId);
  const [first, ...others] = at < 0 ? asking : asking.toSpliced(at, 1);
  return first === undefined ? null : { ...question, agentId: first, others };
}
