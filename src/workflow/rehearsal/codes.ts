/** What only playing a script shows, by code. `doc`: one sentence for the reference. */
export const REHEARSAL_CODES = {
  error: {
    code: 'X08-script-error',
    doc: 'The script breaks; an error when it does so whatever the answers are.',
  },
  nulls: { code: 'X08-null', doc: 'The script breaks where an agent has died and its call is `null`.' },
  endless: {
    code: 'X08-endless',
    doc: 'A play did not end: nothing but the word of an agent ends a loop, or nothing at all.',
  },
  cap: { code: 'X08-cap', doc: 'A cap of the run stops it.' },
  fanOut: { code: 'X08-fan-out', doc: 'One step asks for more than 25 agents.' },
  phase: { code: 'X08-idle-phase', doc: 'A phase of `meta` in which no play has done anything.' },
  answer: { code: 'X08-no-answer', doc: 'No answer could be made up for a schema: it may contradict itself.' },
} as const;
