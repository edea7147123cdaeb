import type { Engine, EngineOptions } from '../node/createEngine.ts';
import type { CommitSettings } from '../node/commits/commitSettings.ts';
import type { OwnPermissions } from '../node/permissionSettings.ts';
import { checkReachable } from './checkReachable.ts';
import { defaultModel } from './chooseModel.ts';
import type { Io } from './io.ts';
import { homeOf, libraryFolders, packaged } from './places.ts';

/** What a command's flags say about the engine. */
interface EngineChoices extends Pick<EngineOptions, 'model' | 'sandbox' | 'commits' | 'takesAnswers' | 'commons'> {
  readonly permissions?: OwnPermissions | undefined;
  /** Of runs that name none. Default: as the environment says. */
  readonly defaultModel?: string | undefined;
}

/** The engine loads on first use: `dwf help` and `dwf runs` need none of it. */
export async function withEngine<T>(io: Io, choices: EngineChoices, body: (engine: Engine) => Promise<T>): Promise<T> {
  const engine = await openEngine(io, choices);
  try {
    return await body(engine);
  } finally {
    await engine.close();
  }
}

/** Whoever opens it closes it. */
export async function openEngine(io: Io, choices: EngineChoices): Promise<Engine> {
  const { model, sandbox, commits, permissions, takesAnswers = false, commons } = choices;
  if (model.kind === 'api' && (model.apiKey ?? model.baseURL) !== undefined) await checkReachable(model.baseURL);
  const { createEngine } = await import('../node/createEngine.ts');
  return createEngine({
    model,
    takesAnswers,
    home: homeOf(io),
    workflows: libraryFolders(io),
    packageRoot: packaged(),
    environment: io.env,
    defaultModel: choices.defaultModel ?? defaultModel(io),
    permissions: () => permissions,
    ...(sandbox === undefined ? {} : { sandbox }),
    ...(commits === undefined ? {} : { commits }),
    ...(commons === undefined ? {} : { commons }),
    person: io.home,
  });
}

/** What a run in that folder starts besides its agents. */
export async function extrasOf(io: Io, cwd: string, commits: CommitSettings): Promise<readonly string[]> {
  const { launchExtras } = await import('../node/launchExtras.ts');
  return launchExtras({ cwd, person: io.home, environment: io.env, commits });
}
