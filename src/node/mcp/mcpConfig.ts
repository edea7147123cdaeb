import { join } from 'node:path';
import * as z from 'zod';
import { clip } from '../../base/text.ts';
import { agentEnvironment, type Environment } from '../agentEnvironment.ts';
import { readSmallFile } from '../smallFile.ts';
import { expandVariables, lookUpIn } from './expandVariables.ts';

export type McpTransport =
  | {
      readonly kind: 'stdio';
      readonly command: string;
      readonly args: readonly string[];
      /** Of its own, beside what agents' commands have. */
      readonly env: Readonly<Record<string, string>>;
    }
  | { readonly kind: 'http'; readonly url: string; readonly headers: Readonly<Record<string, string>> };

export interface McpServerConfig {
  /** As it stands in the names of its tools. */
  readonly name: string;
  readonly transport: McpTransport;
  /** Of one call. */
  readonly timeoutMs: number;
  /** Variables whose values it is given and that agents' commands do not have. */
  readonly given: readonly string[];
  /** Their values: nothing that is shown or told may hold one. */
  readonly secrets: readonly string[];
}

export interface McpConfig {
  readonly servers: readonly McpServerConfig[];
  /** For a person: a file or a server that is not used, and why. */
  readonly warnings: readonly string[];
}

export interface McpPlaces {
  /** The project: its `.mcp.json` is read. */
  readonly cwd: string;
  /** The person's own folder: `.claude.json` of it is read. */
  readonly home: string;
  /** All of it: a configuration names what a server gets. */
  readonly environment: Environment;
  /** What stands in the person's editor settings. */
  readonly setting?: unknown;
}

const DEFAULT_TIMEOUT_MS = 120_000;
const MAX_TIMEOUT_MS = 30 * 60_000;
const MAX_SERVERS = 20;
const MAX_FILE_BYTES = 1024 * 1024;
/** `~/.claude.json` holds much besides servers. */
const MAX_PERSON_BYTES = 32 * 1024 * 1024;

const texts = z.record(z.string(), z.string()).default({});
const common = { timeout: z.number().positive().default(DEFAULT_TIMEOUT_MS), disabled: z.boolean().default(false) };
const stdioSchema = z.looseObject({
  ...common,
  type: z.literal('stdio').optional(),
  command: z.string().trim().min(1),
  args: z.array(z.string()).default([]),
  env: texts,
});
const httpSchema = z.looseObject({
  ...common,
  type: z.enum(['http', 'streamable-http', 'streamableHttp']),
  url: z.string(),
  headers: texts,
});
const serversSchema = z.record(z.string(), z.unknown());
const projectFile = z.looseObject({ mcpServers: serversSchema.default({}) });
const personFile = z.looseObject({
  mcpServers: serversSchema.optional().catch(undefined),
  projects: z.record(z.string(), z.unknown()).optional().catch(undefined),
});
const settingsFile = z.looseObject({ disabledMcpjsonServers: z.array(z.string()).default([]) });

interface Written {
  readonly origin: 'project' | 'person';
  /** For warnings. */
  readonly where: string;
  readonly servers: Readonly<Record<string, unknown>>;
}

/**
 * The MCP servers of the person and the project, by name. What the person wrote for himself wins over what came with the
 * repository: rules that he has for a server of his own must not be about somebody else's.
 */
export async function readMcpConfig(places: McpPlaces): Promise<McpConfig> {
  const { cwd, home, setting } = places;
  const projectPath = join(cwd, '.mcp.json');
  const [person, project, disabled] = await Promise.all([
    readJson(join(home, '.claude.json'), MAX_PERSON_BYTES),
    readJson(projectPath),
    disabledIn([cwd, home]),
  ]);
  const warnings: string[] = [];
  for (const read of [person, project]) if (read.kind === 'problem') warnings.push(read.message);
  const written = [
    ...fromSetting(setting, warnings),
    ...fromPerson(person, cwd),
    ...fromProject(project, projectPath, disabled, warnings),
  ];
  const servers = new Map<string, McpServerConfig>();
  for (const { origin, where, servers: all } of written) {
    for (const [key, value] of Object.entries(all)) {
      const name = serverName(key);
      const said = `${where}: the MCP server ${clip(JSON.stringify(key), 60)}`;
      if (servers.has(name)) warnings.push(`${said} has the name of another, which is used instead`);
      else if (servers.size >= MAX_SERVERS) warnings.push(`${said} is one too many; ${MAX_SERVERS} are used`);
      else {
        const parsed = parseServer(name, value, origin, places);
        if (typeof parsed === 'string') warnings.push(`${said} ${parsed}; it is not used`);
        else if (parsed !== null) servers.set(name, parsed);
      }
    }
  }
  return { servers: [...servers.values()].sort((a, b) => (a.name < b.name ? -1 : 1)), warnings };
}

/** How it is told to a person before anything starts: what runs or is reached, and what secrets it gets. */
export function describeServer({ name, transport, given }: McpServerConfig): string {
  const what = transport.kind === 'stdio' ? transport.command : new URL(transport.url).host;
  return `${name} (${clip(what.replace(/[\p{Cc}\p{Cf}]/gu, ' '), 60)}${given.length === 0 ? '' : `, gets ${given.join(', ')}`})`;
}

function fromSetting(setting: unknown, warnings: string[]): readonly Written[] {
  if (setting === undefined || setting === null) return [];
  const parsed = serversSchema.safeParse(setting);
  const where = 'The setting dynamicWorkflows.mcpServers';
  if (parsed.success) return [{ origin: 'person', where, servers: parsed.data }];
  warnings.push(`${where} is no object; it is not used`);
  return [];
}

/** https://code.claude.com/docs/en/mcp: a server for all of the person's projects, or for one of them. */
function fromPerson(read: JsonRead, cwd: string): readonly Written[] {
  const parsed = read.kind === 'read' ? personFile.safeParse(read.value) : null;
  if (!parsed?.success) return [];
  const { mcpServers = {}, projects = {} } = parsed.data;
  const own = projectFile.safeParse(Object.hasOwn(projects, cwd) ? projects[cwd] : {});
  const where = '~/.claude.json';
  return [
    { origin: 'person', where, servers: own.success ? own.data.mcpServers : {} },
    { origin: 'person', where, servers: mcpServers },
  ];
}

function fromProject(
  read: JsonRead,
  where: string,
  disabled: ReadonlySet<string>,
  warnings: string[],
): readonly Written[] {
  if (read.kind !== 'read') return [];
  const parsed = projectFile.safeParse(read.value);
  if (!parsed.success) {
    warnings.push(`${where} is not {"mcpServers": {…}}: no server of it is used`);
    return [];
  }
  const all = Object.entries(parsed.data.mcpServers).filter(([name]) => !disabled.has(name));
  return [{ origin: 'project', where, servers: Object.fromEntries(all) }];
}

/** Servers of `.mcp.json` that the settings of the project or the person turn off. */
async function disabledIn([cwd, home]: readonly [string, string]): Promise<ReadonlySet<string>> {
  const paths = [
    join(cwd, '.claude', 'settings.json'),
    join(cwd, '.claude', 'settings.local.json'),
    join(home, '.claude', 'settings.json'),
  ];
  const read = await Promise.all(paths.map((path) => readJson(path)));
  return new Set(
    read.flatMap((file) => {
      const parsed = file.kind === 'read' ? settingsFile.safeParse(file.value) : null;
      return parsed?.success ? parsed.data.disabledMcpjsonServers : [];
    }),
  );
}

/** Only what a tool's name may hold, and no `__`, which ends a server's name in it. */
function serverName(key: string): string {
  return key
    .replace(/[^A-Za-z0-9-]+/g, '_')
    .replace(/^_+|_+$/g, '')
    .slice(0, 40)
    .replace(/_+$/, '');
}

/** Null: it is turned off. A text: what is wrong with it. */
function parseServer(
  name: string,
  written: unknown,
  origin: 'project' | 'person',
  { cwd, environment }: McpPlaces,
): McpServerConfig | string | null {
  if (name === '') return 'has no name of letters and digits';
  const read = transportOf(written);
  if (read === null) return 'is neither {command, args, env} nor {type: "http", url, headers}';
  const { timeout, disabled, wanted } = read;
  if (disabled) return null;
  const { value: transport, used, missing } = expandVariables(wanted, lookUpIn(environment, cwd, origin));
  if (missing.length > 0) return `needs ${missing.join(', ')}, which is not set or not for it`;
  if (transport.kind === 'http' && !/^https?:$/.test(protocolOf(transport.url))) return 'has no http address';
  const plain = agentEnvironment(environment);
  const given = used.filter((variable) => variable !== 'CLAUDE_PROJECT_DIR' && plain[variable] === undefined);
  const secrets = given.flatMap((variable) => environment[variable] ?? []).filter((value) => value.length >= 4);
  return { name, transport, timeoutMs: Math.min(timeout, MAX_TIMEOUT_MS), given, secrets };
}

interface ServerRead {
  readonly wanted: McpTransport;
  readonly timeout: number;
  readonly disabled: boolean;
}

/** Null: it is of no form that is known. */
function transportOf(written: unknown): ServerRead | null {
  const http = httpSchema.safeParse(written);
  if (http.success) {
    const { url, headers, timeout, disabled } = http.data;
    return { wanted: { kind: 'http', url, headers }, timeout, disabled };
  }
  const stdio = stdioSchema.safeParse(written);
  if (!stdio.success) return null;
  const { command, args, env, timeout, disabled } = stdio.data;
  return { wanted: { kind: 'stdio', command, args, env }, timeout, disabled };
}

function protocolOf(url: string): string {
  return URL.canParse(url) ? new URL(url).protocol : '';
}

type JsonRead =
  | { readonly kind: 'read'; readonly value: unknown }
  | { readonly kind: 'absent' }
  | { readonly kind: 'problem'; readonly message: string };

async function readJson(path: string, maxBytes = MAX_FILE_BYTES): Promise<JsonRead> {
  const problem = (what: string): JsonRead => ({ kind: 'problem', message: `${path} ${what}: it is not used` });
  const file = await readSmallFile(path, maxBytes, null);
  if (file.kind === 'absent') return file;
  if (file.kind === 'problem') return problem(file.what);
  try {
    return { kind: 'read', value: JSON.parse(file.text.replace(/^\uFEFF/, '')) };
  } catch {
    return problem('is not valid JSON');
  }
}
