import type { Tool } from '../engine/tool.ts';
import { STRUCTURED_OUTPUT } from '../engine/structuredOutput.ts';
import { narrowed, type Permits } from './permits.ts';
import type { RunContext } from './runContext.ts';
import type { SubagentTask } from './subagent.ts';

/** From the run, from all who started each other down to this agent, and from their types. */
export function permitsOf(run: Pick<RunContext, 'open'>, { workspace, type, under }: SubagentTask): Permits {
  const given: Permits = under
    ? permitsOf(run, under.task)
    : { mode: run.open.manifest.permissionMode, readOnly: false };
  const own = narrowed(given, { ...(type?.permissionMode === undefined ? {} : { mode: type.permissionMode }) });
  return { ...own, readOnly: own.readOnly || workspace.readOnly || type?.readOnly === true };
}

/** Those of `all` that this agent gets: never one that whoever started it has not. */
export function chosenTools(run: RunContext, task: SubagentTask, all: readonly Tool[]): readonly Tool[] {
  const { tools, disallowedTools } = task.options;
  warnUnknown(run, [...(tools ?? []), ...(disallowedTools ?? [])], all);
  warnUnknown(run, [...(task.type?.tools ?? []), ...(task.type?.disallowedTools ?? [])], all, task.type?.name);
  return allowed(run, task, all);
}

function allowed(run: RunContext, task: SubagentTask, all: readonly Tool[]): readonly Tool[] {
  const given = task.under ? allowed(run, task.under.task, all) : all;
  const { readOnly } = permitsOf(run, task);
  const { tools, disallowedTools } = task.options;
  const { tools: ofType, disallowedTools: notOfType, mcpServers } = task.type ?? {};
  if (!readOnly && !tools && !disallowedTools && !ofType && !notOfType && !mcpServers) return given;
  const wanted = (tool: Tool): boolean =>
    [tools, ofType].every((list) => list === undefined || names(list, tool)) &&
    ![disallowedTools, notOfType].some((list) => list !== undefined && names(list, tool)) &&
    isServed(mcpServers, tool.spec.name);
  return given.filter((tool) => (!readOnly || tool.readOnly) && wanted(tool));
}

/** Whether a list, as a script or an agent type writes it, names the tool or the one that it is a part of. */
function names(list: readonly string[], { spec, partOf }: Tool): boolean {
  return isNamed(list, spec.name) || (partOf !== undefined && isNamed(list, partOf));
}

/** Names stand for themselves, `mcp__github` for all tools of that server, `*` for any letters. */
function isNamed(list: readonly string[], name: string): boolean {
  return list.some((written) => {
    const wanted = ALIASES.get(written) ?? written;
    if (wanted === name) return true;
    if (wanted.startsWith('mcp__') && name.startsWith(`${wanted}__`)) return true;
    return wanted.includes('*') && matches(wanted, name);
  });
}

/** The tool was once named so. */
const ALIASES: ReadonlyMap<string, string> = new Map([['Task', 'Agent']]);

/** In one pass, whatever the pattern. */
function matches(pattern: string, name: string): boolean {
  const literals = pattern.split('*');
  const [first = '', last = ''] = [literals.shift(), literals.pop()];
  if (!name.startsWith(first) || !name.endsWith(last) || name.length < first.length + last.length) return false;
  let at = first.length;
  for (const literal of literals) {
    const found = name.indexOf(literal, at);
    if (found < 0) return false;
    at = found + literal.length;
  }
  return at <= name.length - last.length;
}

function isServed(servers: readonly string[] | undefined, name: string): boolean {
  return (
    servers === undefined || !name.startsWith('mcp__') || servers.some((server) => name.startsWith(`mcp__${server}__`))
  );
}

/** Some agents have them and some do not; all may be named. */
const RUN_TOOLS = ['Agent', 'AskUser', 'Skill', STRUCTURED_OUTPUT];

/** One warning for each way of writing it; of an MCP server nobody knows before it is started. */
function warnUnknown(run: RunContext, names: readonly string[], all: readonly Tool[], type?: string): void {
  if (names.length === 0) return;
  const known = [...new Set([...all.map((tool) => tool.spec.name), ...RUN_TOOLS])];
  const unknown = [...new Set(names)].filter(
    (name) => !name.startsWith('mcp__') && !known.some((one) => isNamed([name], one)),
  );
  if (unknown.length === 0) return;
  const where = type === undefined ? '' : ` (agent type ${type})`;
  const what = `There is no tool ${unknown.join(', ')}${where}. Known: ${known.join(', ')}.`;
  run.warnOnce(`unknown-tools ${unknown.join()}`, what);
}
