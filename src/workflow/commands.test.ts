import { commandsContract } from './commands.contract.ts';
import { createFakeCommands } from './commands.fake.ts';

const fake = createFakeCommands({ 'echo hi; exit 3': { exitCode: 3, output: 'hi\n' } });
commandsContract(
  'the fake',
  () => fake,
  () => '/anywhere',
);
