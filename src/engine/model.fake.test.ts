import { modelContract } from './model.contract.ts';
import { fakeModel } from './model.fake.ts';

modelContract('fakeModel', async (script) => {
  const model = fakeModel(script);
  return {
    model,
    requests: () => model.requests.length,
    pending: () => model.pending,
    dispose: async () => undefined,
  };
});
