/** What each command takes, for `dwf <command> --help`; the first line is its line in `dwf help`. */
export const HELP: Readonly<Record<string, string>> = {
  run: `run <file|name>      Run a workflow here

A name is looked up in .claude/workflows/ of the project, in ~/.claude/workflows/ and among the shipped ones.

  --args JSON|@FILE       What the script gets as \`args\`
  --cwd DIR               Where to work; default: here
  --model ID              Model of agents that name none: opus, sonnet, haiku, fable, a full id, or provider/model
  --base-url URL          Another server that speaks the Messages API
  --simulate [RULES.json] A simulated model: no key, no network, nothing is spent
  --concurrency N         Agents at once: 1 to 256, cores, or elastic (16, fewer on a pressed machine), the default
  --budget AMOUNT         What the run may use: output tokens (20000, 500k, 1.5M) or money ('$5'); may be given for each
  --agent-budget AMOUNT   The same for each agent
  --max-agents N          Agents the run may start; default 1000
  --max-minutes N         Time on the wall, without pauses
  --permission-mode MODE  plan, default, acceptEdits, dontAsk or bypass; default: your ~/.claude/settings.json, or default
  --allow RULE            What agents may do, such as 'Bash(npm test:*)'; --ask RULE, --deny RULE: what they ask for, or
                          never do. May be given several times; they join the rules of .claude/settings.json
  --ask-minutes N         How long an agent's question waits for you; default 10
  --sandbox MODE          Confine agents' commands to their folder: auto (where the system can), required or off
  --allow-domain NAME     What confined commands may reach over the network, such as packages.example.org; may be repeated
  --land-unreviewed       Changes land although no review has approved them
  --sign-commits          Sign the commits of changes, and of what lands, by your own git's key; without a passphrase in
                          time, unsigned with a warning
  --commit-hooks          Run the repository's hooks pre-commit and commit-msg on changes, confined as commands are
  --commit-author AUTHOR  'Name <address>' instead of your own git identity
  --dirty CHOICE          Uncommitted files: leave-out (the default; agents in worktrees do not see them) or snapshot (a
                          commit with them is what the run stands on; your checkout stays as it is)
  --setup COMMAND         Runs in each worktree before its agent, such as 'npm run codegen'; --setup-minutes N: at most
  --dependencies NAME     Folder that git ignores and worktrees need; may be repeated; default: node_modules, .venv, vendor
  --yes, -y               Start without asking
  --json                  Print one object at the end, nothing else
  --events                Print each event as a line of JSON
  --result-file FILE      Also write that object to a file
  --detach                Start it in the process of dwf serve, print its id, and be done

ANTHROPIC_API_KEY holds the key, ANTHROPIC_BASE_URL and ANTHROPIC_MODEL the defaults of the two flags.
models.json in ~/.dynamic-workflows names other providers and maps model names to theirs (see the README).
Without a --budget, a run that is not simulated stops at twice what its rehearsal found possible, or asks whether to go
on; where no end was found, at 5 million output tokens.
Exit code: 0 completed, 3 some of it failed or a cap stopped it, 1 failed, 2 nothing was started, 130 stopped by Ctrl-C.`,
  resume: `resume <runId>       Go on with a run that is paused, stopped, failed or was interrupted

A paused run goes on in the process that has it. Any other goes on here: calls that had finished are answered from
the run's journal and cost nothing, and it asks the same model as before.

  --keep-stale            Keep answers that rest on files which have changed since; the default where nobody is asked
  --rerun-stale           Ask the agents of those answers again
  --script FILE           An edited script; unchanged calls still come from the journal
  --require-review        From now on, changes land only once a review has approved them
  --budget AMOUNT, --agent-budget AMOUNT, --max-agents N, --max-minutes N: as for run, what is used already included
  --allow RULE, --ask RULE, --deny RULE, --ask-minutes N: as for run; what you allowed for the run is not kept
  --land-unreviewed, --base-url URL, --simulate [RULES.json], --sandbox MODE, --allow-domain NAME, --sign-commits,
  --commit-hooks, --commit-author AUTHOR, --yes, --json, --events, --result-file FILE, --detach: as for run`,
  chat: `chat                 Talk with an agent that works here and starts workflows for you

It has the tools of any agent, and workflows: those that are saved, and those that it writes for your task. They go on in
the background while you talk, and it tells you what came of them. /help there lists its commands; /workflows shows runs
and their agents live, and there ? lists the keys.
A session that a window, a terminal or dwf serve has open is talked with there: Ctrl-D or /quit leaves it as it is. /detach
hands a session of this terminal over to dwf serve.

  --prompt TEXT, -p       Ask one thing without talking: stays until all that it started has ended, prints the last answer
  --continue, -c          Go on with the session of this folder that was begun last
  --session ID            Go on with this one
  --fork ID[:TURN]        Begin a new one that knows what this one did, up to a turn; this one stays as it is
  --cwd DIR               Where to work; default: here
  --model ID              As for run
  --effort LEVEL          low, medium, high, xhigh or max
  --base-url, --simulate, --permission-mode, --allow, --ask, --deny, --ask-minutes, --sandbox, --allow-domain: as for run
  --yes, -y               Let it start workflows without asking
  --json                  With -p: print one object at the end, nothing else
  --detach                Have the session in dwf serve; with -p: say that there and be done

Exit codes of -p: as for run.`,
  serve: `serve                Have runs, sessions and loops in a process of their own, whatever window or terminal is closed

One a person and home. It says what it does until Ctrl-C or dwf serve --stop: then what is under way is suspended, and the
next one goes on with it, as it does after a crash. It outlives its terminal (dwf serve > serve.log &). On its start it also
takes up sessions that are open nowhere and repeat something (/loop). Questions wait a day for an answer, here or in the editor.

  --status                Say what it has; --stop: end it. Both with --json as an object
  --cwd DIR               Take up repeating sessions of this folder alone; default: of all
  --model ID              Of runs and sessions that name none
  --permission-mode MODE, --allow RULE, --ask RULE, --deny RULE, --sandbox MODE, --allow-domain NAME: as for run, for all
  that it has; what comes with a run joins them. --ask-minutes N: how long questions wait; default: a day
  --base-url URL, --simulate [RULES.json]: as for run. The key is the one of its own environment`,
  answer: `answer <run> [answer]  Answer what a run of dwf serve asks, or say what that is

y, n, or why not; or a choice by its number. A permission is for this once. Without an answer it lists what is asked.

  --json                  As JSON`,
  pause: `pause <run>          Pause a run, whichever window or terminal has it

No agent starts and none asks its model; what is under way comes to its end. dwf resume lets it go on.

  --json                  Print what was accepted as an object`,
  stop: `stop <run> [agent]    Stop a run, one agent of it, or a session that is open

A stopped run can be resumed. A stopped agent's call is null for the script, and a resume of the run asks it again.
An agent is named by its id, its label, or a beginning of the label.

  --json                  Print what was accepted as an object`,
  skip: `skip <run> <agent>    Do without an agent

Its call is null for the script, also when the run is resumed.

  --json                  Print what was accepted as an object`,
  restart: `restart <run> <agent>  Let an agent begin anew

What it did so far is forgotten, not undone.

  --json                  Print what was accepted as an object`,
  steer: `steer <run> <agent> <text>  Tell an agent something before its next turn

A text that begins with a dash follows --.

  --json                  Print what was accepted as an object`,
  finish: `finish <run> [phase]  Finish a phase without the agents that have not ended

Without a name, the phase whose agents are at work.

  --json                  Print what was accepted as an object`,
  set: `set <run>            Change how many agents work at once, and the caps, while a run goes on

  --concurrency N         Agents at once: 1 to 256, cores, or elastic (16, fewer on a pressed machine)
  --budget AMOUNT         Output tokens (500k) or money ('$5'), what is used already included, or none; may be given for each
  --max-agents N          Agents the run may start, or none
  --max-minutes N         Time on the wall, without pauses, or none
  --json                  Print what was accepted as an object`,
  runs: `runs                 List all runs, newest first; runs prune and runs rm delete some

dwf runs prune            Delete old runs with their worktrees and the refs that keep their commits
  --older-than AGE        30d, 12h or 2w; default 30d
  --keep N                The newest so many of each folder stay, whatever their age; default 20
  --failed                Only runs that failed, were stopped or interrupted
  --all                   Of any age, none kept, unless --older-than or --keep says otherwise
  --dry-run               Say what would go, delete nothing
dwf runs rm <runId>…      Delete these runs
  --force                 Also those with work that has not landed and is nowhere else, or may be in a folder that cannot be read now

  --yes, -y               Delete without asking
  --json                  As JSON

A run under way is never deleted. Nothing is deleted by itself, unless the editor's setting dynamicWorkflows.retention
says after how many days.`,
  sessions: `sessions             List all sessions, the one used last first; sessions prune and sessions rm delete some

dwf sessions prune        Delete old sessions with the files that /rewind could bring back; not the runs that they started
  --older-than AGE        Since they were used last: 30d, 12h or 2w; default 30d
  --keep N                The newest so many of each folder stay, whatever their age; default 20
  --all                   Of any age, none kept, unless --older-than or --keep says otherwise
  --dry-run               Say what would go, delete nothing
dwf sessions rm <id>…     Delete these sessions
  --force                 Also those whose agents left work that is nowhere else, or may be in a folder that cannot be read now

  --yes, -y               Delete without asking
  --json                  As JSON

One that is open somewhere is never deleted. Nothing is deleted by itself, unless the editor's setting
dynamicWorkflows.retention says after how many days.`,
  show: `show <runId>         Show one run: its agents, changes and result

A beginning of the id will do.

  --agent ID              One agent's whole conversation
  --json                  As one JSON object`,
  save: `save <runId> [name]  Keep a run's script as a workflow that is run by its name

It goes to .claude/workflows of the run's repository. Links there are not followed.

  --personal              To ~/.claude/workflows instead, for all projects
  --replace               In the place of another one of that name
  --json                  As one JSON object`,
  export: `export <runId>       Put a run into one file: script, events, transcripts, results, and the commits of its changes

  --output FILE           Default: <runId>.dwf-run here
  --json                  As one JSON object`,
  import: `import <file>        Bring in a run that was exported, here or elsewhere

It belongs to --cwd from then on, whatever folder the file names. Its permission mode becomes default, unless it is
plan, and a resume asks your own service, whatever the file says.

  --cwd DIR               Where it belongs; default: here
  --json                  As one JSON object`,
  changes: `changes <runId>      List the changes that a run made: files, review, and whether they landed or were taken over

  --json                  As one JSON object`,
  diff: `diff <runId> [change]  Show what a change does, or all that landed

A change is named by its id, its branch, its label, or a beginning of the label. What is written to a pipe is a whole
patch, as git apply takes it.

  --stat                  The files and how many lines, not the lines
  --json                  As one JSON object`,
  apply: `apply <runId> [change]  Take over what landed, or one change: into your files, your branch, or a pull request

Without a flag it is merged into the files of your checkout, as uncommitted work: index, HEAD and branches stay. Nothing
is written when a file of it has changes of yours that are not committed, is untracked or ignored, or conflicts; then the
files are named. All of it is written or nothing.

  --undo                  Take back the last apply of the run, if its files are still as it left them
  --merge                 Merge it into the branch that you are on, as a commit
  --into BRANCH           Merge it into another branch, which is checked out nowhere
  --pr                    Push its branch, with your repository's own hooks, and open a pull request by gh, the GitHub
                          command line; --into names its target
  --cwd DIR               The checkout; default: the one that the run worked in
  --dry-run               Say what would be done, do nothing
  --yes, -y               Do it without asking; --pr needs it where nobody can be asked
  --json                  Print what was done as an object

Exit code: 0 done, or there already; 2 refused, and nothing was changed here.`,
  land: `land <runId> <change>  Land a change of a run that is over on the run's integration branch

Your checkout and your branches stay as they are; dwf apply takes over what landed.

  --verify COMMAND        Must pass in a worktree with the change merged, such as 'npm test'
  --sign-commits, --commit-author AUTHOR: as for run
  --yes, -y               Land it although no review approved it
  --json                  Print what came of it as an object`,
  discard: `discard <runId> <change>  Drop a change: its branch is deleted

Its commit is kept until the run is deleted.

  --undo                  Bring it back
  --yes, -y               Without asking
  --json                  Print what was done as an object`,
  worktrees: `worktrees            List the worktrees of all runs; worktrees gc removes those that nobody has any more

What is not committed in one that goes is kept first, under a ref of its run, and said. One whose process lives, whose run
a process has, or whose repository cannot be found stays.

  --dry-run               Say what would go, remove nothing
  --json                  As one JSON object`,
  doctor: `doctor               Say what works here, and what keeps the rest from working

Looks at Node, git, this folder's repository, how worktrees are made and why so, what confines commands, disk space, and
what processes that died have left.

  --cwd DIR               Which folder; default: here
  --json                  As one JSON object

Exit code: 0 when nothing is in the way of a run here, 1 when something is.`,
  validate: `validate <file>…     Check workflow scripts without running them

  --json                  As one JSON object`,
  rehearse: `rehearse <file|name>  Say what a run is going to take, without starting it

The script is played several times with made-up answers: nothing is sent, no command runs, nothing is written. It says how
many agents each phase has, what they cost and how long they take, each as likely (lowest–highest), and what goes wrong.
Past runs of the same workflow in the same folder, if there are any, tell how much an agent uses; else that is assumed.

  --args, --cwd, --model, --concurrency, --budget, --max-agents, …: as for run
  --json                  As one JSON object: agents, depth, inputTokens, outputTokens, usd and ms as {min, likely, max},
                          phases, findings, basis, uncertainty

Exit code: 0 it can run, 2 it cannot, or breaks whatever the answers are.`,
  simulate: `simulate [RULES.json]  Serve the simulated model on this machine, for any client of the Messages API

  --port N                Default: a free one`,
  demo: `demo                 Mend a sample project with seeded bugs, simulated unless ANTHROPIC_API_KEY is set

Takes the flags of run.`,
};

export function overview(): string {
  const heads = Object.values(HELP).map((text) => (text.split('\n', 1)[0] ?? '').split(/ {2,}/));
  const width = Math.max(...heads.map(([usage = '']) => usage.length));
  const lines = heads.map(([usage = '', about = '']) => `  dwf ${usage.padEnd(width)}  ${about}`);
  return `Dynamic Workflows: a script fans a task out over many agents, has their work doubted, and lands what survives.

${lines.join('\n')}

dwf <command> --help says more. dwf --version prints the version.
Try it without a key: dwf demo
`;
}

export function helpOf(command: string): string {
  return `dwf ${HELP[command] ?? ''}\n`;
}
