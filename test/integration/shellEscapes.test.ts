import { existsSync, lstatSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CANARY, openSandboxStage, whyNoSandbox, type SandboxStage } from '../support/sandboxStage.ts';

interface Attack {
  readonly name: string;
  readonly command: string;
  /** Null: it has not come out. */
  readonly damage: (stage: SandboxStage, output: string) => string | null | Promise<string | null>;
}

const writes = (name: string, command: string): Attack => ({
  name: `writing outside: ${name}`,
  command,
  damage: ({ outside }) => {
    const left = readdirSync(outside).filter((file) => !['victim', 'sock'].includes(file));
    const victim = join(outside, 'victim');
    const whole = existsSync(victim) && readFileSync(victim, 'utf8') === 'untouched';
    return left.length > 0 || !whole
      ? `outside has ${left.join(', ')}, the victim is ${whole ? 'whole' : 'harmed'}`
      : null;
  },
});

const reads = (name: string, command: string): Attack => ({
  name: `reading secrets: ${name}`,
  command,
  damage: (_stage, output) => (output.includes(CANARY) ? 'the secret was read' : null),
});

const reaches = (name: string, command: string): Attack => ({
  name: `the network: ${name}`,
  command,
  damage: (stage) => (stage.reached() > 0 ? 'a server was reached' : null),
});

/** All of git that must not change, in one text. */
async function gitState({ repository, root }: SandboxStage): Promise<string> {
  const dir = join(repository.dir, '.git');
  const hooks = existsSync(join(dir, 'hooks'))
    ? readdirSync(join(dir, 'hooks')).filter((hook) => !/sample$/.test(hook))
    : [];
  const link = join(root, '.git');
  return JSON.stringify({
    refs: await repository.git('for-each-ref'),
    worktrees: readdirSync(join(dir, 'worktrees')),
    config: readFileSync(join(dir, 'config'), 'utf8'),
    hooks,
    link: lstatSync(link).isFile() ? readFileSync(link, 'utf8') : 'no file',
  });
}

let before = '';
const git = (name: string, command: string): Attack => ({
  name: `git: ${name}`,
  command,
  damage: async (stage) => {
    const after = await gitState(stage);
    return after === before ? null : `${before} became ${after}`;
  },
});

/** At the root of its worktree, where other programs would do what it says. */
const makes = (file: string): Attack => ({
  name: `making ${file}`,
  command: `mkdir -p "$(dirname ${file})"; echo x > ${file}`,
  damage: ({ root }) => (existsSync(join(root, file)) && lstatSync(join(root, file)).isFile() ? 'it is there' : null),
});

const me = '-c user.name=a -c user.email=a@b.c';
const inNode = (code: string): string => `"$NODE" -e '${code}'`;

const attacks: readonly Attack[] = [
  writes('plainly', 'echo x > "$OUT/1"'),
  writes('after cd', 'cd "$OUT" && touch 1'),
  writes('in a subshell', '(cd "$OUT"; touch 1)'),
  writes('in a here-document', 'bash <<X\ntouch "$OUT/1"\nX'),
  writes('by env -i', 'env -i /bin/sh -c "touch $OUT/1"'),
  writes('by an alias', 'shopt -s expand_aliases\nalias go=touch\ngo "$OUT/1"'),
  writes('by a function', 'f() { touch "$OUT/1"; }\nexport -f f\nbash -c f'),
  writes('in another session', 'setsid -w touch "$OUT/1"'),
  writes('in the background', 'touch "$OUT/1" & wait'),
  writes('at its end', `trap 'touch "$OUT/1"' EXIT`),
  writes('by a symbolic link', 'ln -s "$OUT" link; touch link/1; rm -f link'),
  writes('by a hard link', 'ln "$OUT/victim" hard && echo x >> hard; rm -f hard'),
  writes('by /proc/self/root', 'touch "/proc/self/root$OUT/1"'),
  writes('by /proc/self/cwd', 'cd "$OUT/.." && touch /proc/self/cwd/outside/1'),
  writes('in disguise', 'echo dG91Y2ggIiRPVVQvMSI= | base64 -d | bash'),
  writes('by another program', inNode('require("fs").writeFileSync(process.env.OUT + "/1", "x")')),
  writes('by git', `git -c alias.go='!touch "$OUT/1"' go`),
  writes('by find', 'find . -maxdepth 0 -exec touch "$OUT/1" \\;'),
  writes('in namespaces of its own', 'unshare -Urm sh -c "mount -o remount,bind,rw / ; touch $OUT/1"'),
  writes('over what is there', 'echo x >> "$OUT/victim"'),
  writes('by renaming', 'mv "$OUT/victim" . && rm victim'),
  writes('by removing', 'rm -rf "$OUT/victim"'),
  reads('keys', 'cat ~/.ssh/id_ed25519'),
  reads('the cloud', 'cat "$HOME/.aws/credentials"'),
  reads('GitHub', 'cat ~/.config/gh/hosts.yml'),
  reads('files of passwords', 'cat ~/.netrc ~/.npmrc'),
  reads('a copy', 'cp -r ~/.ssh copied; cat copied/*; rm -rf copied'),
  reads('by a symbolic link', 'ln -s ~/.ssh link; cat link/id_ed25519; rm -f link'),
  reads('by /proc/self/root', 'cat "/proc/self/root$HOME/.ssh/id_ed25519"'),
  reads('in an archive', 'tar -cf - -C "$HOME" . 2>/dev/null | tar -xOf - ./.ssh/id_ed25519'),
  reads('of a run', 'cat "$ENGINE/projects/p/runs/r/state.json"'),
  reads('of another agent', 'cat ../theirs/secret'),
  reads('wherever they are', 'grep -rhs canary "$HOME" "$ENGINE"'),
  reads('of another process', `tr '\\0' '\\n' < /proc/$BYSTANDER/environ | grep SECRET`),
  reaches('by bash', 'exec 9<>/dev/tcp/127.0.0.1/$PORT && printf "GET / HTTP/1.0\\r\\n\\r\\n" >&9 && cat <&9'),
  reaches(
    'by another program',
    inNode(
      'require("http").get("http://127.0.0.1:" + process.env.PORT, (r) => r.resume()).on("error", (e) => console.log(e.code))',
    ),
  ),
  reaches(
    'a socket in the file system',
    inNode('require("net").connect(process.env.SOCK).on("error", (e) => console.log(e.code)).resume()'),
  ),
  git('a commit elsewhere', `git -C "$REPO" ${me} commit -q --allow-empty -m x`),
  git('a commit by GIT_DIR', `GIT_DIR="$REPO/.git" git ${me} commit -q --allow-empty -m x`),
  git('a commit here', `git ${me} commit -q --allow-empty -m x`),
  git('a branch', 'git branch other'),
  git('settings', 'git config core.pager "touch $OUT/1"'),
  git('settings elsewhere', 'git -C "$REPO" config core.fsmonitor "touch $OUT/1"'),
  git('a hook', 'mkdir -p "$REPO/.git/hooks"; echo x > "$REPO/.git/hooks/post-commit"'),
  git(
    'a hook where git says',
    'd=$(git rev-parse --git-common-dir); mkdir -p "$d/hooks"; echo x > "$d/hooks/post-merge"',
  ),
  git('another worktree', 'git worktree add -q -b more "$(mktemp -d)/more"'),
  git('another place', 'echo "gitdir: $OUT" > .git'),
  git('a repository of its own', 'mv .git kept; git init -q .'),
  {
    name: 'a task of the editor',
    command: 'mkdir -p .vscode; echo {} > .vscode/tasks.json',
    damage: ({ root }) => (existsSync(join(root, '.vscode/tasks.json')) ? 'it is there' : null),
  },
  {
    name: 'an allow rule for itself',
    command: 'mkdir -p .claude; echo {} > .claude/settings.json',
    damage: ({ root }) => (existsSync(join(root, '.claude/settings.json')) ? 'it is there' : null),
  },
  ...['.husky/pre-commit', '.devcontainer/devcontainer.json', '.idea/workspace.xml', '.claude/agents/a.md'].map(makes),
  ...['.envrc', '.mcp.json', '.gitmodules', '.ripgreprc', '.dynamic-workflows/settings.json'].map(makes),
  {
    name: 'ending another process',
    command: 'kill -9 $BYSTANDER; sleep 0.1',
    damage: ({ bystander }) => (bystander.exitCode !== null || bystander.signalCode !== null ? 'it has ended' : null),
  },
];

const missing = await whyNoSandbox();

describe.skipIf(missing !== null)(`hostile commands${missing === null ? '' : ` (skipped: ${missing})`}`, () => {
  let stage: SandboxStage;
  beforeAll(async () => {
    stage = await openSandboxStage();
    before = await gitState(stage);
  });
  afterAll(() => stage.dispose());

  test.each(attacks)('$name does no harm', async ({ command, damage }) => {
    const { output } = await stage.run(command);
    expect(await damage(stage, output), output).toBeNull();
  });
});

/** So that none of them fails to do harm by itself. */
describe('without a sandbox', () => {
  test.each(attacks)('$name is an attack', async ({ command, damage }) => {
    const open = await openSandboxStage({ mode: 'off' });
    try {
      before = await gitState(open);
      const { output } = await open.run(command);
      expect(await damage(open, output), output).not.toBeNull();
    } finally {
      await open.dispose();
    }
  });
});
