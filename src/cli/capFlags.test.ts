import { expect, test } from 'vitest';
import { capsFrom } from './capFlags.ts';

test.each([
  { values: {}, caps: undefined },
  { values: { budget: ['20000'] }, caps: { outputTokens: 20_000 } },
  { values: { budget: ['500k', '$5'] }, caps: { outputTokens: 500_000, usd: 5 } },
  { values: { budget: ['500k', '2M'] }, caps: { outputTokens: 2_000_000 } },
  { values: { 'agent-budget': ['50k'], 'max-agents': '20' }, caps: { agents: 20, perAgent: { outputTokens: 50_000 } } },
  { values: { 'agent-budget': ['$0.50'] }, caps: { perAgent: { usd: 0.5 } } },
  { values: { 'max-minutes': '0.5' }, caps: { minutes: 0.5 } },
])('W35 flags $values are the caps $caps', ({ values, caps }) => expect(capsFrom(values)).toEqual(caps));

test.each([
  { values: { budget: ['0'] }, says: /^--budget is a number of output tokens .*500k.*'\$5'.* not "0"/ },
  { values: { budget: ['-5'] }, says: /--budget/ },
  { values: { budget: ['5g'] }, says: /--budget/ },
  { values: { budget: ['k'] }, says: /--budget/ },
  { values: { budget: [''] }, says: /--budget/ },
  { values: { budget: ['500k', 'lots'] }, says: /not "lots"/ },
  { values: { 'agent-budget': ['much'] }, says: /^--agent-budget is a number of output tokens/ },
  { values: { 'max-agents': '0' }, says: /--max-agents is a whole number from 1/ },
  { values: { 'max-minutes': '0' }, says: /--max-minutes is a number of minutes such as 30/ },
  { values: { 'max-minutes': '1e3' }, says: /--max-minutes/ },
])('W35 flags $values are refused', ({ values, says }) => expect(() => capsFrom(values)).toThrow(says));
