import { describe, expect, test } from 'vitest';
import type { LaunchOffer } from '../protocol/launchOffer.ts';
import { launchFacts, launchLines } from './launchWords.ts';
import { OFFER } from './sessionLog.fake.ts';

test('X08 a launch is told with all that a person decides by', () => {
  expect(launchLines(OFFER)).toEqual([
    'Start dead-code? Looking for dead code',
    'Finds code that nothing calls.',
    'Phases: Look → Doubt → Sum up',
    'Caps: 500.0k tokens, 200 agents (you wrote “use a 500k token budget”)',
    'Permission mode: acceptEdits',
    'Model: claude-sonnet-4-6, at most 16 agents at once',
    'Base: main at 1a2b3c4d; 2 uncommitted files are not part of this run',
    'Folder: /repo',
    'Hooks: 2 commands (PreToolUse)',
    'Likely 12 (9–40) agents, 40.0k (9.0k–400.0k) output tokens, $0.90 ($0.10–$9.00), 3m 05s (1m 00s–20m 00s)',
  ]);
});

describe('what differs', () => {
  test.each<{ name: string; offer: Partial<LaunchOffer>; told: string }>([
    { name: 'no forecast', offer: { forecast: null }, told: 'What it takes could not be found out in time.' },
    { name: 'a simulated model', offer: { simulated: true, forecast: null }, told: 'nothing is spent' },
    {
      name: 'a server of one’s own',
      offer: { modelAt: 'http://localhost:1' },
      told: 'sonnet-4-6 at http://localhost:1',
    },
    {
      name: 'a run that goes on',
      offer: { goesOn: { runId: 'run-7', journal: '3 of 4 calls come from the journal' } },
      told: 'Goes on with: run-7; up to 3 of 4 calls come from the journal, and count in what it is likely to take',
    },
    { name: 'no repository', offer: { base: null }, told: 'Base: no git repository' },
    { name: 'no caps', offer: { caps: {}, budgetWords: [] }, told: 'Caps: none' },
    { name: 'no phases, no words', offer: { phases: [], title: '', description: '' }, told: 'Start dead-code?' },
    {
      name: 'a snapshot',
      offer: { base: { commit: '1a2b3c4d5e6f', branch: 'main', dirtyFiles: 2, snapshot: true } },
      told: 'Base: main at 1a2b3c4d with 2 uncommitted files',
    },
  ])('$name', ({ offer, told }) => {
    expect(launchLines({ ...OFFER, ...offer }).join('\n')).toContain(told);
  });

  test('what is started besides stands under its own name, or under none', () => {
    const facts = launchFacts({ ...OFFER, extras: ['Hooks: 2 commands', 'something: else'] });
    expect(facts.slice(-2)).toEqual([
      { name: 'Hooks', value: '2 commands' },
      { name: '', value: 'something: else' },
    ]);
  });
});
