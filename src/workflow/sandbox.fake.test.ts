import { sandboxContract } from './sandbox.contract.ts';
import { createFakeSandbox } from './sandbox.fake.ts';

sandboxContract('fake', createFakeSandbox);
