import { didYouMean } from '../script/lint/nearest.ts';

/** What a person typed as a command: `/effort high`. */
export interface SlashCommand {
  readonly name: string;
  /** What follows it, trimmed. */
  readonly rest: string;
}

/** A line that begins with a slash and a name is a command; a path, such as `/etc/hosts is wrong`, is not. */
export function slashCommand(typed: string): SlashCommand | null {
  const match = /^\/([a-z][\w:-]*)(?:\s+([\s\S]*))?$/i.exec(typed.trim());
  return match ? { name: match[1] ?? '', rest: (match[2] ?? '').trim() } : null;
}

/** Commands of every session, by name: how they are typed, and what they do. */
export const SLASH_COMMANDS = {
  help: { usage: '/help', about: 'lists these' },
  workflows: { usage: '/workflows', about: 'lists the workflows that can be run, and the runs of this session' },
  effort: {
    usage: '/effort low|medium|high|xhigh|max|ultracode',
    about: 'how hard the model thinks; ultracode: xhigh, and a workflow for each substantial task',
  },
  goal: {
    usage: '/goal <condition> | check: <command> | clear',
    about: 'goes on until the condition is met, or the command ends with 0',
  },
  loop: {
    usage: '/loop [interval] <prompt or /name> | list | cancel ID',
    about: 'says it again every so often, between turns',
  },
  model: { usage: '/model [id]', about: 'says or sets the model of this session' },
  cost: { usage: '/cost', about: 'what this session and its runs have used' },
  compact: { usage: '/compact', about: 'sums the conversation up, to make room' },
  clear: { usage: '/clear', about: 'forgets the conversation' },
  permissions: { usage: '/permissions', about: 'the mode and the rules that hold' },
  agents: { usage: '/agents', about: 'the kinds of agents there are' },
  skills: { usage: '/skills', about: 'the skills that agents can load' },
  mcp: { usage: '/mcp', about: 'the MCP servers that agents can use' },
  rewind: {
    usage: '/rewind [turn [now] | undo]',
    about: 'brings the files back to before a turn, after it has said which',
  },
  resume: {
    usage: '/resume [run] [budget]',
    about: 'lets a run of this project go on; without a name, the newest of this session that has not done its work',
  },
} as const;

export type SlashName = keyof typeof SLASH_COMMANDS;

export function isSlashName(name: string): name is SlashName {
  return Object.hasOwn(SLASH_COMMANDS, name);
}

export function slashHelp(): string {
  const lines = Object.values(SLASH_COMMANDS).map(({ usage, about }) => `${usage}\n    ${about}`);
  return [
    ...lines,
    '/<workflow> [args] [budget]\n    runs a saved or shipped workflow, such as /triage at most $5',
  ].join('\n');
}

/** What to say of a name that is neither a command nor a workflow; `workflows`: which of those there are. */
export function unknownSlash(name: string, workflows: string): string {
  return `There is no command /${name}.${didYouMean(name, Object.keys(SLASH_COMMANDS))} /help lists all commands. ${workflows}`;
}
