import { assertNever } from '../base/assertNever.ts';
import { domainOf, hostOf, isOfDomain } from './hostRules.ts';
import type { PermissionPolicy, PermissionRequest, RuleText } from './permission.ts';
import { globSource } from './globSource.ts';
import { partsThatMayRun, simpleParts } from './shellParts.ts';
import { shellWords } from './shellWords.ts';
import { goesBeyond, type CommandFolders } from './wildcardLimits.ts';

// Rules as people know them: `Bash` (every call), `Bash(npm test)` (exactly that), `Bash(npm run test:*)` (that, alone
// or with more behind it), `Edit(src/**)` (paths under the root), `Read(//etc/**)` (absolute), `Read(~/notes/**)`,
// `WebFetch(domain:example.com)` (that host and those below it), `mcp__server` and `mcp__server__tool`, `Agent(Explore)`.

interface Rule {
  readonly tool: string;
  /** Null: every call of the tool. */
  readonly pattern: string | null;
}

/** Null when the text is a rule, else what is wrong with it. */
export function ruleProblem(text: RuleText): string | null {
  return parseRule(text) === null
    ? `"${text}" is no rule; write Tool or Tool(pattern), such as Bash(npm test:*), WebFetch(domain:example.com) or mcp__server__tool`
    : null;
}

/**
 * The first rule that may touch the request, for `deny` and `ask`: in doubt it matches. A compound command matches when
 * any of its parts does, a rule that cannot be parsed stands for its whole tool.
 */
export function touches(rules: readonly RuleText[], request: PermissionRequest, root: string): RuleText | undefined {
  const parts = request.access === 'execute' && rules.length > 0 ? partsThatMayRun(request.subject) : null;
  return rules.find((text) => {
    const rule = parseRule(text) ?? { tool: text.trim().split('(', 1)[0] ?? '', pattern: null };
    if (!mayBeAbout(rule, request)) return false;
    const { pattern } = rule;
    if (pattern === null) return true;
    // What is too much to be read may be anything.
    if (request.access === 'execute') return parts?.some((part) => commandMatches(pattern, part)) ?? true;
    return subjectMatches(pattern, request, root, 'wide');
  });
}

/** True when `allow` rules cover all of the request: every part of a command, and nothing that cannot be read simply. */
export function covered(
  rules: readonly RuleText[],
  request: PermissionRequest,
  { root, start = root }: Pick<PermissionPolicy, 'root' | 'start'>,
): boolean {
  const patterns = rules
    .map(parseRule)
    .filter((rule) => rule !== null && covers(rule.tool, request))
    .map((rule) => rule?.pattern ?? null);
  if (patterns.includes(null)) return true;
  const written = patterns.filter((pattern) => pattern !== null);
  if (request.access !== 'execute') return written.some((pattern) => subjectMatches(pattern, request, root, 'narrow'));
  const parts = simpleParts(request.subject);
  const folders = { root, start, cwd: request.cwd ?? start };
  return parts !== null && parts.every((part) => written.some((pattern) => commandCovered(pattern, part, folders)));
}

function parseRule(text: RuleText): Rule | null {
  const match = /^([\w*-]+)(?:\(([\s\S]+)\))?$/.exec(text.trim());
  const name = match?.[1];
  if (name === undefined) return null;
  const tool = name === 'Task' ? 'Agent' : name;
  const inner = match?.[2]?.trim();
  const pattern = inner === undefined || inner === '*' || inner === ':*' ? null : inner;
  const readable = pattern === null || (tool === 'WebFetch' ? domainOf(pattern) !== null : !tool.startsWith('mcp__'));
  return readable ? { tool, pattern } : null;
}

/** `Edit` rules are about every tool that writes files, `Read` rules about every tool that reads them. */
function covers(tool: string, request: PermissionRequest): boolean {
  switch (request.access) {
    case 'write':
      return tool === 'Edit' || tool === request.tool;
    case 'read':
      return tool === 'Read' || tool === request.tool;
    case 'network':
      return tool === 'WebFetch' || tool === request.tool;
    case 'tool':
      return tool === request.tool || coversServer(tool, request.tool);
    case 'execute':
      return tool === request.tool;
    default:
      return assertNever(request.access);
  }
}

/** `mcp__server` is about all of a server's tools; `mcp__server__read_*` about those. */
function coversServer(rule: string, tool: string): boolean {
  if (!rule.startsWith('mcp__') || !tool.startsWith('mcp__')) return false;
  return tool.startsWith(`${rule}__`) || wildcard(rule).test(tool);
}

const WRITERS = new Set(['Write', 'MultiEdit', 'NotebookEdit']);

/** For rules that forbid: a path is meant whichever tool writes it, and `*` in a tool's name stands for anything. */
function mayBeAbout({ tool, pattern }: Rule, request: PermissionRequest): boolean {
  if (covers(tool, request)) return true;
  if (request.access === 'write' && pattern !== null && WRITERS.has(tool)) return true;
  return tool.includes('*') && wildcard(tool).test(request.tool);
}

function wildcard(text: string, behind = ''): RegExp {
  const literals = text.split('*').map((literal) => literal.replace(/[.+?^${}()|[\]\\/]/g, '\\$&'));
  return new RegExp(`^${literals.join('[\\s\\S]*')}${behind}$`);
}

type Reading = 'wide' | 'narrow';

function subjectMatches(
  pattern: string,
  { access, subject }: PermissionRequest,
  root: string,
  reading: Reading,
): boolean {
  switch (access) {
    case 'network':
      return hostMatches(pattern, subject, reading);
    case 'read':
    case 'write':
      return pathMatches(pattern, subject, root, reading);
    case 'tool':
    case 'execute':
      return wildcard(pattern).test(subject);
    default:
      return assertNever(access);
  }
}

/** A host that cannot be read for certain is `wide`ly any, and `narrow`ly none. */
function hostMatches(pattern: string, subject: string, reading: Reading): boolean {
  const [domain, host] = [domainOf(pattern), hostOf(subject)];
  return domain === null || host === null ? reading === 'wide' : isOfDomain(host, domain);
}

function commandMatches(pattern: string, command: string): boolean {
  const prefix = prefixOf(pattern);
  return wildcard(prefix ?? pattern, prefix === undefined ? '' : '(?:[ \\t][\\s\\S]*)?').test(command);
}

/** What stands before a `:*` or ` *` at the end, which both mean: alone, or with more words behind it. */
function prefixOf(pattern: string): string | undefined {
  return /^([\s\S]*?)(?::\*| \*)$/.exec(pattern)?.[1];
}

interface KnownFolders extends CommandFolders {
  readonly start: string;
}

/**
 * As `commandMatches`, and a wildcard stands for nothing that goes beyond its rule. One without is meant where commands
 * begin: `make` in another folder runs what nobody has allowed.
 */
function commandCovered(pattern: string, command: string, folders: KnownFolders): boolean {
  if (!commandMatches(pattern, command)) return false;
  if (!pattern.includes('*')) return folders.cwd === folders.root || folders.cwd === folders.start;
  const prefix = prefixOf(pattern);
  const named = prefix === undefined || prefix.includes('*') ? 0 : shellWords(prefix).length;
  return !goesBeyond(command, named, folders);
}

/**
 * `wide` also takes what lies below a matched folder, for `folder/**` the folder itself, and `~` as any folder where nobody expanded it; `narrow` takes
 * what lies below only for a folder that is named in full.
 */
function pathMatches(pattern: string, path: string, root: string, reading: Reading): boolean {
  const subject = slashed(path);
  const anchored = anchor(slashed(pattern), slashed(root), reading);
  if (anchored === null) return false;
  const named = anchored.replace(reading === 'wide' ? /(?:\/\*\*)?\/*$/ : /\/+$/, '');
  const below = reading === 'wide' || !/[*?[{]/.test(named.slice(named.lastIndexOf('/') + 1));
  const source = `^${globSource(named)}${below ? '(?:/[\\s\\S]*)?' : ''}$`;
  // Some file systems find a file under any case of its name.
  return new RegExp(source, reading === 'wide' ? 'i' : '').test(subject);
}

function anchor(pattern: string, root: string, reading: Reading): string | null {
  if (pattern.startsWith('//')) return pattern.slice(1);
  if (pattern.startsWith('~/')) return reading === 'wide' ? `/**${pattern.slice(1)}` : null;
  const relative = pattern.replace(/^\.?\//, '');
  // As in .gitignore: a bare name means it at any depth.
  const anyDepth = relative === pattern && !relative.replace(/\/+$/, '').includes('/');
  return `${escapeGlob(root.replace(/\/$/, ''))}/${anyDepth && relative !== '**' ? '**/' : ''}${relative}`;
}

/** A path as a rule names it and nothing else, whatever signs are in it. */
export function exactPath(path: string): string {
  return `/${escapeGlob(slashed(path))}`;
}

function escapeGlob(path: string): string {
  return path.replace(/[*?[\]{},\\]/g, '\\$&');
}

/** Windows' separators as slashes; on other systems a backslash belongs to the name. */
function slashed(path: string): string {
  return /^[A-Za-z]:[\\/]/.test(path) ? `/${path.replaceAll('\\', '/')}` : path;
}
