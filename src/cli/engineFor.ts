import type { Engine, EngineOptions } from '../node/createEngine.ts';
import type { CommitSettings } from '../node/commits/commitSettings.ts';
import type { OwnPermissions } from '../node/permissionSettings.ts';
import { checkReachable } from './checkReachable.ts';
import { defaultModel } from './chooseModel.ts';
import type { Io } from './io.ts';
import { homeOf, libraryFolders, packaged } from './places.ts';

/** What a command's flags say about the engine. */
interface EngineChoices extends Pick<EngineOptions, 'model' | 'sandbox' | 'commits'> {
  readonly permissions?: OwnPermissions | undefined;
}

/** The engine loads on first use: `dwf help` and `dwf runs` need none of it. */
export async function withEngine<T>(
  io: Io,
  { model, sandbox, commits, permissions }: EngineChoices,
  body: (engine: Engine) => Promise<T>,
): Promise<T> {
  if (model.kind === 'api' && (model.apiKey ?? model.baseURL) !== undefined) await checkReachable(model.baseURL);
  const { createEngine } = await import('../node/createEngine.ts');
  const engine = await createEngine({
    model,
    home: homeOf(io),
    workflows: libraryFolders(io),
    packageRoot: packaged(),
    environment: io.env,
    defaultModel: defaultModel(io),
    permissions: () => permissions,
    ...(sandbox === undefined ? {} : { sandbox }),
    ...(commits === undefined ? {} : { commits }),
    person: io.home,
  });
  try {
    return await body(engine);
  } finally {
    await engine.close();
  }
}

/** What a run in that folder starts besides its agents. */
export async function extrasOf(io: Io, cwd: string, commits: CommitSettings): Promise<readonly string[]> {
  const { launchExtras } = await import('../node/launchExtras.ts');
  return launchExtras({ cwd, person: io.home, environment: io.env, commits });
}
