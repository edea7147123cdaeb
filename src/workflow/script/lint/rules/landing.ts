import type { Rule } from '../rule.ts';

export const UNREVIEWED_LANDING: Rule = {
  code: 'X03-unreviewed',
  severity: 'warning',
  doc: '`land()` in a script that never calls `review()`: nothing of it will land.',
  *find(source) {
    const isReviewed = source.nodes.some(
      (node) => source.isGlobal(node, 'review') || source.isGlobal(node, 'workflow'),
    );
    if (isReviewed) return;
    for (const { name, node } of source.calls) {
      if (name === 'land')
        yield { at: node, message: 'A change lands only when a review() approved it: call `review(change)` before.' };
    }
  },
};
