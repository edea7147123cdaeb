export type Environment = Readonly<Record<string, string | undefined>>;

/** Words that mark a secret wherever they stand in a name: `GITHUB_TOKEN`, `npm_config_//host/:_authToken`. */
const SECRET_ANYWHERE = /token|secret|passw|passphrase|passwd|credential|api_?key|private_?key|access_?key/i;
/** Words that mark one only by themselves: `PGPASS_KEY` but not `MONKEY`, `HTTP_AUTH` but not `AUTHOR`. */
const SECRET_WORD = /(^|[^a-z])(key|keys|pat|pass|pwd|auth|dsn|cookie|askpass)([^a-z]|$)/i;
/** Ways into the editor, its git credentials or an agent that holds keys, and what would change how a program starts. */
const CHANNEL =
  /^(git_.*|anthropic_.*|vscode_.*|electron_.*|vitest.*|node_options|node_test_context|node_channel_fd|node_unique_id|node_v8_coverage|ssh_auth_sock|ssh_agent_pid|dbus_session_bus_address|bash_env|env|dynamic_workflows_.*)$/i;
/** The working directory of a shell carries a secret word and holds none. */
const HARMLESS = new Set(['PWD', 'OLDPWD']);
/** A value that is a secret whatever its name: `scheme://user:password@host`, and keys by their well-known beginnings. */
const SECRET_VALUE =
  /^[a-z][a-z0-9+.-]*:\/\/[^/\s@]*:[^/\s]*@|^(sk-|ghp_|gho_|ghs_|ghu_|github_pat_|glpat-|xox[abprs]-|AKIA|ASIA|AIza|npm_[A-Za-z0-9]{20}|eyJ[\w-]+\.eyJ)|-----BEGIN [A-Z ]*PRIVATE KEY-----/;

function isSecret(name: string, value: string): boolean {
  if (HARMLESS.has(name)) return false;
  return SECRET_ANYWHERE.test(name) || SECRET_WORD.test(name) || SECRET_VALUE.test(value);
}

/**
 * The environment of an agent's commands: the given one without secrets, without the ways to those who hold secrets,
 * and with nothing that waits for a person at a terminal. When in doubt a variable is left out.
 */
export function agentEnvironment(environment: Environment): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(environment)) {
    if (value !== undefined && !CHANNEL.test(name) && !isSecret(name, value)) kept[name] = value;
  }
  return { ...kept, GIT_TERMINAL_PROMPT: '0', GIT_PAGER: 'cat', PAGER: 'cat' };
}
