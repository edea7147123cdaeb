import { count } from '../../base/text.ts';
import type { Forecast } from '../../protocol/forecast.ts';
import type { Json } from '../../protocol/json.ts';
import type { LaunchRequest } from '../../protocol/messages.ts';
import { ELASTIC_AGENTS, type RunCaps } from '../../protocol/run.ts';
import { capLine } from '../capLine.ts';
import { safetyTokensFor } from '../rehearsal/safetyLimit.ts';
import type { ResumeRequest } from '../runtime.ts';
import type { ForecastRequest } from './outlook.ts';
import type { SessionPlace } from './sessionPlace.ts';

/** What a session says of a run that it starts. */
export interface Outline extends Pick<LaunchRequest, 'script' | 'scriptPath' | 'name'> {
  readonly args: Json | undefined;
  /** Of the person's words: they win over what the program is set to. */
  readonly caps: RunCaps;
}

/** As much of a launch as decides what it takes. */
export function forecastOf({ run, door, state }: SessionPlace, { args, caps, ...source }: Outline): ForecastRequest {
  const { concurrency, caps: chosen } = door.outlook.choices();
  return {
    ...source,
    ...{ cwd: run.cwd, model: state.settings.model ?? run.model, caps: { ...chosen, ...caps } },
    ...(args === undefined ? {} : { args }),
    ...(concurrency === undefined ? {} : { concurrency }),
  };
}

/** A run that a session starts has its model and its mode; all else is as the person has set it for every run. */
export function launchOf(
  place: SessionPlace,
  outline: Outline,
  forecast: Forecast | null = null,
): LaunchRequest & { readonly attended: boolean } {
  const { run, door, attended } = place;
  const choices = door.outlook.choices();
  const safetyTokens = safetyTokensFor(choices.safetyTokens, forecast);
  return {
    ...{ ...choices, ...forecastOf(place, outline), attended },
    permissionMode: run.open.manifest.permissionMode,
    ...(safetyTokens === undefined ? {} : { safetyTokens }),
  };
}

/** Caps that nobody names are as they were when the run was last under way: what is set for runs is for new ones. */
export function resumeOf(
  { door, attended }: SessionPlace,
  request: Pick<ResumeRequest, 'runId' | 'scriptPath'>,
  caps: RunCaps,
): ResumeRequest {
  const { safetyTokens, requireReview } = door.outlook.choices();
  return {
    ...{ ...request, attended, caps },
    ...(safetyTokens === undefined ? {} : { safetyTokens }),
    ...(requireReview === undefined ? {} : { requireReview }),
  };
}

/** `at most 500k tokens, up to 16 agents at once` */
export function limitsOf({ caps = {}, concurrency = 'elastic' }: LaunchRequest): string {
  const line = capLine(caps);
  const width = concurrency === 'elastic' ? ELASTIC_AGENTS : concurrency;
  return `${line === '' ? 'no caps' : `at most ${line}`}, up to ${count(width, 'agent')} at once`;
}
