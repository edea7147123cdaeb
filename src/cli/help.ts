/** What each command takes, for `dwf <command> --help`; the first line is its line in `dwf help`. */
export const HELP: Readonly<Record<string, string>> = {
  run: `run <file|name>      Run a workflow here

A name is looked up in .claude/workflows/ of the project, in ~/.claude/workflows/ and among the shipped ones.

  --args JSON|@FILE       What the script gets as \`args\`
  --cwd DIR               Where to work; default: here
  --model ID              Model of agents that name none: opus, sonnet, haiku, fable or a full id
  --base-url URL          Another server that speaks the Messages API
  --simulate [RULES.json] A simulated model: no key, no network, nothing is spent
  --concurrency N         Agents at once, 1 to 256; default 16
  --budget N              Output tokens the run may use: 20000, 500k, 1.5m
  --permission-mode MODE  plan, default, acceptEdits, dontAsk or bypass
  --yes, -y               Start without asking
  --json                  Print one object at the end, nothing else
  --events                Print each event as a line of JSON
  --result-file FILE      Also write that object to a file

ANTHROPIC_API_KEY holds the key, ANTHROPIC_BASE_URL and ANTHROPIC_MODEL the defaults of the two flags.
Exit code: 0 completed, 3 some of it failed or a cap stopped it, 1 failed, 2 nothing was started, 130 stopped by Ctrl-C.`,
  resume: `resume <runId>       Go on with a run that stopped, failed or was interrupted

Calls that had finished are answered from the run's journal and cost nothing. It asks the same model as before.

  --script FILE           An edited script; unchanged calls still come from the journal
  --budget N              Output tokens over the whole run, what is spent already included
  --base-url URL, --simulate [RULES.json], --yes, --json, --events, --result-file FILE: as for run`,
  runs: `runs                 List all runs, newest first

  --json                  As a JSON array`,
  show: `show <runId>         Show one run: its agents, changes and result

A beginning of the id will do.

  --agent ID              One agent's whole conversation
  --json                  As one JSON object`,
  validate: `validate <file>…     Check workflow scripts without running them

  --json                  As one JSON object`,
  simulate: `simulate [RULES.json] Serve the simulated model on this machine, for any client of the Messages API

  --port N                Default: a free one`,
  demo: `demo                 Mend a sample project with seeded bugs, simulated unless ANTHROPIC_API_KEY is set

Takes the flags of run.`,
};

export function overview(): string {
  const lines = Object.values(HELP).map((text) => `  dwf ${text.split('\n', 1)[0] ?? ''}`);
  return `Dynamic Workflows: a script fans a task out over many agents, has their work doubted, and lands what survives.

${lines.join('\n')}

dwf <command> --help says more. dwf --version prints the version.
Try it without a key: dwf demo
`;
}

export function helpOf(command: string): string {
  return `dwf ${HELP[command] ?? ''}\n`;
}
