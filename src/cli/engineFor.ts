import type { Engine } from '../node/createEngine.ts';
import type { ModelSource } from '../node/modelRecord.ts';
import { checkReachable } from './checkReachable.ts';
import { defaultModel } from './chooseModel.ts';
import type { Io } from './io.ts';
import { homeOf, libraryFolders, packaged } from './places.ts';

/** The engine loads on first use: `dwf help` and `dwf runs` need none of it. */
export async function withEngine<T>(io: Io, model: ModelSource, body: (engine: Engine) => Promise<T>): Promise<T> {
  if (model.kind === 'api' && (model.apiKey ?? model.baseURL) !== undefined) await checkReachable(model.baseURL);
  const { createEngine } = await import('../node/createEngine.ts');
  const engine = await createEngine({
    model,
    home: homeOf(io),
    workflows: libraryFolders(io),
    packageRoot: packaged(),
    environment: io.env,
    defaultModel: defaultModel(io),
  });
  try {
    return await body(engine);
  } finally {
    await engine.close();
  }
}
