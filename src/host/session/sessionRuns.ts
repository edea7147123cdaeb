import type { Engine } from '../../node/createEngine.ts';
import type { ModelSource } from '../../node/modelRecord.ts';
import { setupText } from '../../projection/baseWords.ts';
import type { LaunchResult, WorkflowRuns } from '../../workflow/runtime.ts';
import type { RunChoices } from '../../workflow/session/outlook.ts';

interface SessionRunsDeps {
  readonly engineFor: (source: ModelSource) => Promise<Engine>;
  readonly choices: () => RunChoices;
}

/** The runs of a session, which go by what the settings say when they start, and not when the session was opened. */
export interface SessionRuns extends Required<WorkflowRuns> {
  /** That has the run; undefined: none that was started here. */
  engineOf(runId: string): Engine | undefined;
}

export function sessionRuns({ engineFor, choices }: SessionRunsDeps, source: ModelSource): SessionRuns {
  const started = new Map<string, Engine>();
  const now = (): Promise<Engine> => engineFor(source);
  const begin = async (start: (engine: Engine) => Promise<LaunchResult>): Promise<LaunchResult> => {
    const engine = await now();
    const launched = await start(engine);
    if (launched.status === 'started') started.set(launched.runId, engine);
    return launched;
  };
  return {
    engineOf: (runId) => started.get(runId),
    launch: (request) => begin((engine) => engine.launch(request)),
    resume: (request) => begin((engine) => engine.resume(request)),
    previewResume: async (runId) => (await now()).previewResume(runId),
    finished: async (runId) => (started.get(runId) ?? (await now())).finished(runId),
    outlook: {
      choices,
      forecast: async (request) => (await now()).outlook.forecast(request),
      extras: async (cwd) => {
        const { setup } = choices().worktree ?? {};
        return [...(await (await now()).outlook.extras(cwd)), ...(setup ? [setupText(setup)] : [])];
      },
      standing: async (runDir) => (await now()).outlook.standing(runDir),
    },
  };
}
