import { headline } from '../../base/text.ts';
import type { Forecast } from '../../protocol/forecast.ts';
import type { LaunchOffer } from '../../protocol/launchOffer.ts';
import type { LaunchRequest } from '../../protocol/messages.ts';
import { ELASTIC_AGENTS, type BaseCommit } from '../../protocol/run.ts';
import { PLAIN_NAMES } from '../modelNames.ts';
import type { CheckedScript } from '../script/check.ts';
import type { SessionPlace } from './sessionPlace.ts';

/** As much of an agent's own words as a person reads before they decide. */
const TITLE_CHARS = 200;
const DESCRIPTION_CHARS = 1_000;

interface Offered {
  readonly script: CheckedScript;
  readonly title: string;
  /** As it is going to be launched. */
  readonly request: LaunchRequest;
  /** Of the folder as it stands. */
  readonly base: BaseCommit | null;
  readonly budgetWords: readonly string[];
  readonly forecast: Forecast | null;
  readonly extras: readonly string[];
}

/** What a person decides about, from what is going to be launched: no second source says what will hold. */
export function offerOf({ run }: SessionPlace, offered: Offered): LaunchOffer {
  const { script, title, request, base, budgetWords, forecast, extras } = offered;
  const { cwd, model = run.model, concurrency = 'elastic', permissionMode = 'default', caps = {} } = request;
  const { modelSource } = run.open.manifest;
  const at = modelSource.kind === 'api' ? modelSource.baseURL : null;
  return {
    workflowName: script.meta.name,
    title: headline(title, TITLE_CHARS),
    description: headline(script.meta.description, DESCRIPTION_CHARS),
    phases: script.meta.phases.map((phase) => ({
      title: phase.title,
      ...(phase.detail === undefined ? {} : { detail: phase.detail }),
    })),
    cwd,
    base: withChoice(base, request),
    model: (run.deps.names ?? PLAIN_NAMES).idOf(model),
    ...(at === null ? {} : { modelAt: originOf(at) }),
    ...(modelSource.kind === 'simulated' ? { simulated: true } : {}),
    concurrency: concurrency === 'elastic' ? ELASTIC_AGENTS : concurrency,
    permissionMode,
    caps,
    budgetWords,
    extras,
    forecast: forecast && figuresOf(forecast),
    script: script.source,
  };
}

/** A rehearsal says much more than a person reads here. */
function figuresOf({ agents, outputTokens, usd, ms, bounded }: Forecast): Forecast {
  return { agents, outputTokens, usd, ms, bounded };
}

/** As it is going to be. */
function withChoice(base: BaseCommit | null, { dirtyCheckout }: LaunchRequest): BaseCommit | null {
  return base && base.dirtyFiles > 0 && dirtyCheckout === 'snapshot' ? { ...base, snapshot: true } : base;
}

function originOf(address: string): string {
  return /^[a-z]+:\/\/[^/?#]*/i.exec(address)?.[0] ?? address;
}
