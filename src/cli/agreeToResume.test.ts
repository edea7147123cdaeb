import { describe, expect, test } from 'vitest';
import { agreeToResume, type ResumeTerms } from './agreeToResume.ts';
import { fakeIo } from './io.fake.ts';

const fresh = {
  kind: 'ready',
  workflowName: 'w',
  finishedCalls: 312,
  knownCalls: 340,
  staleCalls: [],
  warnings: [],
} as const;
const stale = { ...fresh, staleCalls: [{ agentId: 'a1', label: 'fix dates' }] };
const headless: ResumeTerms = { attended: false, sure: false, edited: false, stale: undefined };
const terminal = { columns: 80, rows: 24 };

describe('before a resume', () => {
  test.each([
    {
      counts: { finishedCalls: 312, knownCalls: 340 },
      edited: false,
      says: '312 of 340 calls come from the journal and cost nothing; the other 28, and what follows from them, will run.',
    },
    {
      counts: { finishedCalls: 1, knownCalls: 2 },
      edited: false,
      says: '1 of 2 calls comes from the journal and costs nothing; the other one, and what follows from it, will run.',
    },
    {
      counts: { finishedCalls: 3, knownCalls: 3 },
      edited: true,
      says: 'Up to 3 of 3 calls come from the journal and cost nothing; whatever else the script asks for will run.',
    },
  ])('W43 says how many calls come from the journal: $says', async ({ counts, edited, says }) => {
    const io = fakeIo();
    expect(await agreeToResume(io, { ...fresh, ...counts }, { ...headless, edited })).toEqual({ rerunStale: false });
    expect(io.err()).toBe(`${says}\n`);
  });

  test.each([
    { name: 'nobody is there', terms: {}, lines: [], rerun: false, says: '--rerun-stale asks those agents again' },
    {
      name: 'nobody is there, and it is said to keep them',
      terms: { stale: 'keep' },
      lines: [],
      rerun: false,
      says: 'They are kept.',
    },
    { name: 'it is said to ask again', terms: { stale: 'rerun' }, lines: [], rerun: true, says: 'are asked again' },
    {
      name: 'a person wants it',
      terms: { attended: true },
      lines: ['again', 'y'],
      rerun: true,
      says: 'are asked again',
    },
    {
      name: 'a person just presses Enter',
      terms: { attended: true },
      lines: ['', ''],
      rerun: false,
      says: 'They are kept.',
    },
    {
      name: 'a person said yes beforehand',
      terms: { attended: true, sure: true },
      lines: [],
      rerun: false,
      says: '--rerun-stale',
    },
  ] as const)(
    'W42 stale answers are named, and what becomes of them when $name',
    async ({ terms, lines, rerun, says }) => {
      const io = fakeIo({ terminal, lines });
      expect(await agreeToResume(io, stale, { ...headless, ...terms })).toEqual({ rerunStale: rerun });
      const said = io.out() + io.err();
      expect(said).toContain(
        '1 answer may be stale: its agent looked at files here that have changed since.\n  a1  fix dates\n',
      );
      expect(said).toContain(says);
    },
  );

  test('W42 a person may change their mind', async () => {
    expect(await agreeToResume(fakeIo({ terminal, lines: ['n'] }), fresh, { ...headless, attended: true })).toBeNull();
  });

  test('W42 nothing is asked again when nothing is stale', async () => {
    expect(await agreeToResume(fakeIo(), fresh, { ...headless, stale: 'rerun' })).toEqual({ rerunStale: false });
  });
});
