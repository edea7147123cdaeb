import { count, headline } from '../../base/text.ts';
import { EFFORTS, type Effort } from '../../protocol/capabilities.ts';
import type { Json } from '../../protocol/json.ts';
import { budgetOf, budgetWords, type SaidBudget } from '../budgetWords.ts';
import { PLAIN_NAMES } from '../modelNames.ts';
import { Allowance } from './allowance.ts';
import { endGoal, parseGoal, setGoal } from './goals.ts';
import { cancelLoop, intervalWords, loopWish, setLoop } from './loops.ts';
import { resumeRun } from './resumeRun.ts';
import { rewind } from './rewind.ts';
import { launchOf, limitsOf } from './runRequests.ts';
import type { SessionPlace } from './sessionPlace.ts';
import { isSlashName, slashHelp, unknownSlash, type SlashCommand, type SlashName } from './slash.ts';
import { refused, type Told } from './told.ts';
import { watchRun } from './watchRun.ts';

type Perform = (place: SessionPlace, rest: string) => Told | Promise<Told>;

/** Does what a person typed as a command; gives what to tell them. */
export async function perform(place: SessionPlace, { name, rest }: SlashCommand): Promise<Told> {
  if (isSlashName(name) && name !== 'clear' && name !== 'compact') return PERFORM[name](place, rest);
  return runNamed(place, name, rest);
}

const PERFORM: Readonly<Record<Exclude<SlashName, 'clear' | 'compact'>, Perform>> = {
  help: slashHelp,
  workflows,
  effort,
  goal,
  loop,
  model,
  cost,
  permissions: ({ run }) => {
    const { rules } = run.permissions;
    const lines = (['deny', 'ask', 'allow'] as const).flatMap((kind) => rules[kind].map((rule) => `${kind} ${rule}`));
    return [`Mode ${run.open.manifest.permissionMode}.`, ...(lines.length > 0 ? lines : ['There are no rules.'])].join(
      '\n',
    );
  },
  agents: ({ run }) => list('kinds of agents', run.kit.types.all),
  skills: ({ run }) => list('skills', [...run.kit.skills.values()]),
  mcp: ({ run }) => {
    const names = run.mcp?.names ?? [];
    return names.length === 0 ? 'There are no MCP servers.' : names.join('\n');
  },
  resume: resumeRun,
  rewind,
};

function list(what: string, all: readonly { readonly name: string; readonly description: string }[]): string {
  if (all.length === 0) return `There are no ${what}.`;
  return all.map(({ name, description }) => `${name}: ${headline(description, 160)}`).join('\n');
}

function effort({ state }: SessionPlace, rest: string): Told {
  const { settings } = state;
  if (rest === '') return `The effort is ${settings.ultracode ? 'ultracode' : (settings.effort ?? "the model's own")}.`;
  const wanted = rest.toLowerCase();
  const { effort: _effort, ultracode: _ultracode, ...others } = settings;
  if (wanted === 'ultracode') {
    state.change({ ...others, ultracode: true });
    return 'From now on effort xhigh, and a workflow for each substantial task, until this session ends. /effort high goes back.';
  }
  const level = EFFORTS.find((each): each is Effort => each === wanted);
  if (level === undefined) return refused(`The effort is one of ${[...EFFORTS, 'ultracode'].join(', ')}.`);
  state.change({ ...others, effort: level });
  return `From now on effort ${level}.`;
}

function model({ run, state }: SessionPlace, rest: string): string {
  if (rest === '') return `The model is ${state.settings.model ?? run.model}.`;
  const id = (run.deps.names ?? PLAIN_NAMES).idOf(rest);
  state.change({ ...state.settings, model: id });
  return `From now on ${id}.`;
}

function goal(place: SessionPlace, rest: string): string {
  const { goal: current } = place.state;
  if (rest === '') return current === null ? 'There is no goal.' : `The goal: ${current.condition}`;
  if (/^clear$/i.test(rest)) {
    if (current === null) return 'There is no goal.';
    endGoal(place, 'cleared', 'by the person');
    return 'The goal is cleared.';
  }
  const wanted = parseGoal(rest);
  setGoal(place, wanted);
  const prompt = `The person has set a goal: ${wanted.condition}\nWork until it is met. It is judged after each of your turns, by somebody else; while a workflow is under way, after the turn that tells you its end.`;
  // What repeats itself works on it already.
  if (place.state.loops.size > 0) return `The goal: ${wanted.condition}. The loops end with it.`;
  place.desk.ask({ by: 'goal', text: `Goal: ${wanted.condition}`, prompt });
  return '';
}

function loop(place: SessionPlace, rest: string): Told {
  const { loops } = place.state;
  if (rest === '' || /^list$/i.test(rest)) {
    if (loops.size === 0) return 'There are no loops.';
    return [...loops.values()]
      .map(({ loopId, everyMs, text }) => `${loopId}  every ${intervalWords(everyMs)}  ${headline(text, 100)}`)
      .join('\n');
  }
  const cancelled = /^cancel\s+(\S+)$/i.exec(rest)?.[1];
  if (cancelled !== undefined) {
    if (cancelLoop(place, cancelled)) return `The loop ${cancelled} is cancelled.`;
    return refused(`There is no loop ${cancelled}. /loop list shows them.`);
  }
  if (/^cancel$/i.test(rest)) return refused('Say which: /loop cancel ID. /loop list shows them.');
  const wish = loopWish(rest);
  if (wish === null)
    return refused('Say what to repeat, and how often: from 1 minute to 7 days, such as /loop 10m /triage.');
  const set = setLoop(place, wish);
  if (set === null) return refused('There are as many loops as there can be. Cancel one: /loop list.');
  return `Every ${intervalWords(set.everyMs)} from now on, for at most 7 days. /loop cancel ${set.loopId} ends it.`;
}

function cost({ run }: SessionPlace): string {
  const { outputTokens, usd, requests } = run.recorder.usage();
  const money = usd === null ? 'price unknown' : `$${usd.toFixed(2)}`;
  return `This session since it was opened: ${count(requests, 'request')}, ${outputTokens} output tokens, ${money}. Runs have figures of their own.`;
}

async function workflows({ run, state }: SessionPlace): Promise<string> {
  const names = await run.deps.library.names(run.cwd);
  return [
    names.length === 0 ? 'There are no saved workflows.' : `Workflows: ${names.map((name) => `/${name}`).join(', ')}`,
    ...(state.runDirs.length === 0
      ? ['No run was started in this session.']
      : ['Runs of this session:', ...state.runDirs]),
  ].join('\n');
}

/** `/name args`: a saved or shipped workflow, by a person's own word. */
async function runNamed(place: SessionPlace, name: string, rest: string): Promise<Told> {
  const { run, door, state, loopId } = place;
  const checked = await door.check({ name, cwd: run.cwd });
  if (!checked.ok) {
    const { reason, errors } = checked.refusal;
    return refused(reason === 'unknown' ? unknownSlash(name, errors.join('\n')) : errors.join('\n'));
  }
  const { args, said } = readRest(rest);
  const own = new Allowance(said);
  // A loop says it by itself, for the goal's sake where there is one.
  const allowance = loopId === null ? own : state.allowanceBeside(own);
  const usedUp = allowance.refusal();
  if (usedUp !== null) return refused(usedUp);
  const request = launchOf(place, { name, args, caps: allowance.left() });
  const launched = await door.launch(request);
  if (launched.status === 'refused') return refused(launched.errors.join('\n'));
  watchRun(place, launched, '', allowance);
  const phases = checked.script.meta.phases.map(({ title }) => title).join(', ');
  return `${launched.workflowName} has begun${phases === '' ? '' : ` (${phases})`}, permission mode ${run.open.manifest.permissionMode}, ${limitsOf(request)}. Its run: ${launched.runId}`;
}

/** JSON where it is some, else the text itself, of which words for a budget are none. */
function readRest(rest: string): { readonly args: Json | undefined; readonly said: SaidBudget } {
  try {
    return { args: JSON.parse(rest) as Json, said: budgetOf('') };
  } catch {
    const { text } = budgetWords(rest);
    return { args: text === '' ? undefined : text, said: budgetOf(rest) };
  }
}
