import { definitionsContract, CONTRACT_DEFINITIONS } from './definitions.contract.ts';
import { createFakeDefinitions } from './definitions.fake.ts';

definitionsContract('the fake', async () => ({
  definitions: createFakeDefinitions(CONTRACT_DEFINITIONS),
  cwd: '/work',
}));
