import { count } from '../base/text.ts';
import type { LaunchOffer } from '../protocol/launchOffer.ts';
import { baseText, leftOutText } from './baseWords.ts';
import { forecastText } from './forecastWords.ts';
import { limitText } from './limitWords.ts';

/** What a person reads of a launch, a name and what it is; others' words are in it, as they were written. */
export interface LaunchFact {
  readonly name: string;
  readonly value: string;
}

/** What holds for the run, in the order in which people ask for it. Its title, description and forecast stand apart. */
export function launchFacts(offer: LaunchOffer): readonly LaunchFact[] {
  const { phases, cwd, permissionMode, extras, goesOn } = offer;
  return [
    ...(goesOn === undefined ? [] : [{ name: 'Goes on with', value: goesOnText(goesOn, offer.forecast !== null) }]),
    ...(phases.length === 0 ? [] : [{ name: 'Phases', value: phases.map(({ title }) => title).join(' → ') }]),
    { name: 'Caps', value: capsText(offer) },
    { name: 'Permission mode', value: permissionMode },
    { name: 'Model', value: modelText(offer) },
    { name: 'Base', value: placeText(offer) },
    { name: 'Folder', value: cwd },
    ...extras.map(namedFact),
  ];
}

/** What a forecast plays is the whole script, from its beginning. */
function goesOnText({ runId, journal }: NonNullable<LaunchOffer['goesOn']>, isForecast: boolean): string {
  return `${runId}; up to ${journal}${isForecast ? ', and count in what it is likely to take' : ''}`;
}

/** `claude-… at http://localhost:11434, at most 16 agents at once` */
export function modelText({
  model,
  modelAt,
  simulated,
  concurrency,
}: Pick<LaunchOffer, 'model' | 'modelAt' | 'simulated' | 'concurrency'>): string {
  const where = simulated ? ', simulated' : modelAt === undefined ? '' : ` at ${modelAt}`;
  return `${model}${where}, at most ${count(concurrency, 'agent')} at once`;
}

/** `10.0k tokens, 1000 agents (you wrote “use a 10k token budget”)` */
export function capsText({ caps, budgetWords }: Pick<LaunchOffer, 'caps' | 'budgetWords'>): string {
  const words = budgetWords.map((each) => `“${each}”`).join(' and ');
  return `${limitText(caps) || 'none'}${words === '' ? '' : ` (you wrote ${words})`}`;
}

/** What it is going to take, or in plain words that nobody can say. */
export function takesText({ forecast, simulated }: Pick<LaunchOffer, 'forecast' | 'simulated'>): string {
  if (simulated) return 'A simulated model answers: nothing is sent, nothing is spent.';
  if (forecast === null) return 'What it takes could not be found out in time. A budget limits it: “at most $5”.';
  return forecastText(forecast);
}

/** All of it, a line each. */
export function launchLines(offer: LaunchOffer): readonly string[] {
  const { workflowName, title, description } = offer;
  return [
    `Start ${workflowName}?${title === '' ? '' : ` ${title}`}`,
    ...(description === '' || description === title ? [] : [description]),
    ...launchFacts(offer).map(({ name, value }) => (name === '' ? value : `${name}: ${value}`)),
    takesText(offer),
  ];
}

function placeText({ base }: LaunchOffer): string {
  if (base === null) return 'no git repository';
  const leftOut = leftOutText(base);
  return leftOut === null ? baseText(base) : `${baseText(base)}; ${leftOut}`;
}

/** `Hooks: 2 commands` is a fact of that name. */
function namedFact(line: string): LaunchFact {
  const [, name = '', value = line] = /^([A-Z][\w ]{0,40}): (.+)$/s.exec(line) ?? [];
  return { name, value };
}
