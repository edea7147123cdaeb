import type { PermissionRequest, RuleText } from './permission.ts';
import { globSource } from './globSource.ts';
import { partsThatMayRun, simpleParts } from './shellParts.ts';

// Rules as people know them: `Bash` (every call), `Bash(npm test)` (exactly that), `Bash(npm run test:*)` (that, alone
// or with more behind it), `Edit(src/**)` (paths under the root), `Read(//etc/**)` (absolute), `Read(~/notes/**)`.

interface Rule {
  readonly tool: string;
  /** Null: every call of the tool. */
  readonly pattern: string | null;
}

/** Null when the text is a rule, else what is wrong with it. */
export function ruleProblem(text: RuleText): string | null {
  return parseRule(text) === null
    ? `"${text}" is no rule; write Tool or Tool(pattern), such as Bash(npm test:*)`
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
    if (!covers(rule.tool, request)) return false;
    const { pattern } = rule;
    if (pattern === null) return true;
    if (parts !== null) return parts.some((part) => commandMatches(pattern, part));
    return pathMatches(pattern, request.subject, root, 'wide');
  });
}

/** True when `allow` rules cover all of the request: every part of a command, and nothing that cannot be read simply. */
export function covered(rules: readonly RuleText[], request: PermissionRequest, root: string): boolean {
  const patterns = rules
    .map(parseRule)
    .filter((rule) => rule !== null && covers(rule.tool, request))
    .map((rule) => rule?.pattern ?? null);
  if (patterns.includes(null)) return true;
  const written = patterns.filter((pattern) => pattern !== null);
  if (request.access !== 'execute')
    return written.some((pattern) => pathMatches(pattern, request.subject, root, 'narrow'));
  const parts = simpleParts(request.subject);
  return parts !== null && parts.every((part) => written.some((pattern) => commandMatches(pattern, part)));
}

function parseRule(text: RuleText): Rule | null {
  const match = /^([\w*-]+)(?:\(([\s\S]+)\))?$/.exec(text.trim());
  const tool = match?.[1];
  if (tool === undefined) return null;
  const pattern = match?.[2]?.trim();
  return { tool, pattern: pattern === undefined || pattern === '*' || pattern === ':*' ? null : pattern };
}

/** `Edit` rules are about every tool that writes files, `Read` rules about every tool that reads them. */
function covers(tool: string, request: PermissionRequest): boolean {
  if (tool === request.tool) return true;
  return (tool === 'Edit' && request.access === 'write') || (tool === 'Read' && request.access === 'read');
}

function commandMatches(pattern: string, command: string): boolean {
  const prefix = /^([\s\S]*?)(?::\*| \*)$/.exec(pattern)?.[1];
  const source = (prefix ?? pattern)
    .split('*')
    .map((literal) => literal.replace(/[.+?^${}()|[\]\\/]/g, '\\$&'))
    .join('[\\s\\S]*');
  return new RegExp(`^${source}${prefix === undefined ? '' : '(?:[ \\t][\\s\\S]*)?'}$`).test(command);
}

/**
 * `wide` also takes what lies below a matched folder, for `folder/**` the folder itself, and `~` as any folder where nobody expanded it; `narrow` takes
 * what lies below only for a folder that is named in full.
 */
function pathMatches(pattern: string, path: string, root: string, reading: 'wide' | 'narrow'): boolean {
  const subject = slashed(path);
  const anchored = anchor(slashed(pattern), slashed(root), reading);
  if (anchored === null) return false;
  const named = anchored.replace(reading === 'wide' ? /(?:\/\*\*)?\/*$/ : /\/+$/, '');
  const below = reading === 'wide' || !/[*?[{]/.test(named.slice(named.lastIndexOf('/') + 1));
  return new RegExp(`^${globSource(named)}${below ? '(?:/[\\s\\S]*)?' : ''}$`).test(subject);
}

function anchor(pattern: string, root: string, reading: 'wide' | 'narrow'): string | null {
  if (pattern.startsWith('//')) return pattern.slice(1);
  if (pattern.startsWith('~/')) return reading === 'wide' ? `/**${pattern.slice(1)}` : null;
  const relative = pattern.replace(/^\.?\//, '');
  // As in .gitignore: a bare name means it at any depth.
  const anyDepth = relative === pattern && !relative.replace(/\/+$/, '').includes('/');
  return `${escapeGlob(root.replace(/\/$/, ''))}/${anyDepth && relative !== '**' ? '**/' : ''}${relative}`;
}

function escapeGlob(path: string): string {
  return path.replace(/[*?[\]{},\\]/g, '\\$&');
}

/** Windows' separators as slashes; on other systems a backslash belongs to the name. */
function slashed(path: string): string {
  return /^[A-Za-z]:[\\/]/.test(path) ? `/${path.replaceAll('\\', '/')}` : path;
}
