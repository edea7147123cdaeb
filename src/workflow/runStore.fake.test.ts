import { runStoreContract } from './runStore.contract.ts';
import { fakeRunStore } from './runStore.fake.ts';

runStoreContract('fake', (body) => {
  const store = fakeRunStore();
  return body({
    store,
    crash: async (run) => store.crash(run.manifest.runId),
    // What is in memory is never half there.
    tear: () => Promise.resolve(),
    decide: async (run, decision) => void store.runs.get(run.manifest.runId)?.decisions.push(decision),
  });
});
