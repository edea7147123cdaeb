import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Json } from '../protocol/json.ts';
import type { CallContent, JournalEntry } from './journal.ts';
import { Journal } from './journal.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const call = (prompt: string, options: Json = {}, scope = ''): CallContent => ({
  kind: 'agent',
  scope,
  prompt,
  options,
});

/** Plays calls against a journal as the runtime does; `fails` names prompts that do not finish. */
function play(
  entries: readonly JournalEntry[],
  calls: readonly CallContent[],
  fails: (index: number) => boolean = () => false,
) {
  const journal = new Journal(entries, sha256);
  const recorded: JournalEntry[] = [];
  const ran: string[] = [];
  calls.forEach((content, index) => {
    const claim = journal.claim(content);
    if (claim.entry) return;
    ran.push(content.prompt);
    if (fails(index)) return;
    recorded.push({ key: claim.key, kind: 'agent', agentId: `a${index}`, value: `answer ${index}` });
  });
  return { ran, entries: [...entries, ...recorded] };
}

describe('journal', () => {
  test.each([
    { name: 'W42 the same calls again run nothing', again: ['a', 'b', 'c'], runs: [] },
    { name: 'W42 order does not count', again: ['c', 'a', 'b'], runs: [] },
    { name: 'W42 an inserted call costs only itself', again: ['a', 'new', 'b', 'c'], runs: ['new'] },
    { name: 'W42 an edited prompt costs only itself', again: ['a', 'b, edited', 'c'], runs: ['b, edited'] },
    { name: 'W42 one call more of the same content is a new one', again: ['a', 'a', 'b', 'c'], runs: ['a'] },
  ])('$name', ({ again, runs }) => {
    const first = play([], [call('a'), call('b'), call('c')]);
    expect(
      play(
        first.entries,
        again.map((prompt) => call(prompt)),
      ).ran,
    ).toEqual(runs);
  });

  test('W42 options and scope that change the answer are part of the key, in any order of members', () => {
    const first = play([], [call('a', { model: 'opus', effort: 'low' }), call('a', { model: 'haiku' }, 'nested')]);
    const again = [call('a', { effort: 'low', model: 'opus' }), call('a', { model: 'haiku' }, 'nested')];
    expect(play(first.entries, again).ran).toEqual([]);
    expect(play(first.entries, [call('a', { model: 'opus' })]).ran).toEqual(['a']);
    expect(play(first.entries, [call('a', { model: 'haiku' })]).ran).toEqual(['a']);
  });

  test('W42 a try that failed does not cost the one that succeeded', () => {
    const first = play([], [call('a'), call('a')], (index) => index === 0);
    expect(first.ran).toEqual(['a', 'a']);
    expect(play(first.entries, [call('a')]).ran).toEqual([]);
  });

  test('W42 equal calls get their answers back in the order of the calls, whichever finished first', () => {
    const journal = new Journal([], sha256);
    const [first, second] = [journal.claim(call('idea')), journal.claim(call('idea'))];
    const entry = (key: string, value: string): JournalEntry => ({ key, kind: 'agent', agentId: value, value });
    const again = new Journal([entry(second.key, 'late call'), entry(first.key, 'early call')], sha256);
    const values = [1, 2].map(() => again.claim(call('idea')).entry?.value);
    expect(values).toEqual(['early call', 'late call']);
    expect(again.claim(call('idea'))).toMatchObject({ entry: undefined, key: `${first.key.slice(0, -2)}:3` });
  });

  test('W42 whatever failed and in whatever order it comes back, no finished call runs twice', () => {
    const prompts = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 20 });
    fc.assert(
      fc.property(
        prompts,
        fc.array(fc.boolean(), { minLength: 20, maxLength: 20 }),
        fc.nat(),
        (order, failing, seed) => {
          const calls = order.map((prompt) => call(prompt));
          const first = play([], calls, (index) => failing[index] ?? false);
          const shuffled = [...calls].sort((x, y) =>
            sha256(`${x.prompt}${seed}`).localeCompare(sha256(`${y.prompt}${seed}`)),
          );
          const second = play(first.entries, shuffled);
          expect(second.ran).toHaveLength(calls.length - first.entries.length);
          expect(play(second.entries, calls).ran).toEqual([]);
        },
      ),
    );
  });
});
