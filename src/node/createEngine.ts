import type { Runtime } from '../workflow/runtime.ts';

/** How to reach a model. `simulate` starts the embedded simulator, with the rules of a file or its own. */
export type ModelSource =
  | { readonly kind: 'api'; readonly apiKey: string | undefined; readonly baseURL: string | undefined }
  | { readonly kind: 'simulate'; readonly rulesText?: string; readonly latency?: 'none' | 'visible' };

export interface EngineOptions {
  readonly model: ModelSource;
  /** `~/.dynamic-workflows`, or DYNAMIC_WORKFLOWS_HOME. */
  readonly home: string;
  /** Folder of the shipped workflows. */
  readonly shippedWorkflows: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** The headless composition root: the same for CLI and editor. */
export interface Engine extends Runtime {
  /** One line for the person when the model is simulated, else null. */
  readonly modelNotice: string | null;
}
