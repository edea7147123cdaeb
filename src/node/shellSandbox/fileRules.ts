import { join } from 'node:path';
import { PERSON_NAMES, PERSON_PATHS, PROJECT_NAMES } from '../../engine/protectedPaths.ts';
import type { CommandPlace } from '../../workflow/commands.ts';
import { isInside } from '../platformShell.ts';

/** What a confined command may write and read. Each list is of absolute paths; of two that hold, the later list counts. */
export interface FileRules {
  readonly allowWrite: readonly string[];
  readonly denyWrite: readonly string[];
  readonly denyRead: readonly string[];
  /** Within what is denied. */
  readonly allowRead: readonly string[];
}

export interface Surroundings {
  /** The person's own folder. */
  readonly person: string;
  /** Where runs, worktrees and sockets of this program are kept. */
  readonly home: string;
  /** Folders of sockets, elsewhere than in `home`. */
  readonly sockets: readonly string[];
  readonly exists: (path: string) => boolean;
  /** What is not there is kept from being made by something in its place (bubblewrap), not by a rule (macOS). */
  readonly standIns: boolean;
}

/**
 * A command writes its root and its own temporary folder and nothing else, and of its root not what decides what git, the
 * editor or other agents run: they do so outside of the sandbox.
 */
export function fileRules(place: CommandPlace, temporary: string, around: Surroundings): FileRules {
  const { person, home, sockets } = around;
  const denyRead = [...SECRETS.map((name) => join(person, name)), ...ELSEWHERE, home, ...sockets];
  const inDenied = (path: string): boolean => denyRead.some((denied) => path !== denied && isInside(denied, path));
  return {
    allowWrite: [place.root, temporary],
    denyWrite: [
      ...guarded(place.root, around).filter((path) => !isInside(path, temporary)),
      // Of consequence only where the root is the person's own folder, or one above it.
      ...START_FILES.map((name) => join(person, name)).filter(around.exists),
      // The library lets every command write these.
      ...['/tmp/claude', '/private/tmp/claude', join(person, '.npm/_logs'), join(person, '.claude/debug')],
    ],
    denyRead,
    // Only what lies in there: a root that is the person's own folder would open all that is denied below it.
    allowRead: [place.root, temporary, ...(place.readable ?? [])].filter(inDenied),
  };
}

/** What stays as it is wherever a command works, and is not made where it is not there. */
const GUARDED = ['.git', '.claude', ...PROJECT_NAMES];

/** What counts in the person's own folder alone: kept where it is there, as a folder of work need not look like one. */
const GUARDED_IF_THERE = [...PERSON_NAMES, ...PERSON_PATHS];

/** A package manager that finds a folder of this name fails, so that nothing can stand in for it. */
const NEVER_A_FOLDER = '.npmrc';

/** Where an empty folder may stand for what is not there. */
export function standInsFor(root: string): readonly string[] {
  return GUARDED.filter((name) => name !== NEVER_A_FOLDER).map((name) => join(root, name));
}

function guarded(root: string, around: Surroundings): readonly string[] {
  return [
    ...GUARDED.flatMap((name) => keptAsItIs(root, name, around)),
    ...GUARDED_IF_THERE.map((name) => join(root, name)).filter(around.exists),
  ];
}

/**
 * A stand-in can be seen by others as long as a command runs. Where a path below what is not there is denied it is an
 * empty folder, which git does not see; for the path itself it would be an empty file.
 */
function keptAsItIs(root: string, name: string, { exists, standIns }: Surroundings): readonly string[] {
  const path = join(root, name);
  if (exists(path) || !standIns) return [path];
  return name === NEVER_A_FOLDER ? [] : [join(path, 'settings')];
}

const START_FILES = [
  ...[
    '.bashrc',
    '.bash_profile',
    '.bash_login',
    '.bash_logout',
    '.profile',
    '.zshrc',
    '.zprofile',
    '.zshenv',
    '.zlogin',
  ],
  ...['.gitconfig', '.config/git', '.config/fish', '.config/autostart', '.config/systemd', '.inputrc', '.ssh'],
  ...['.local/bin', 'bin', 'Library/LaunchAgents'],
];

/** Keys, tokens, what browsers and editors keep of them, and what a person typed in a terminal. */
const SECRETS = [
  ...[
    '.ssh',
    '.aws',
    '.azure',
    '.gnupg',
    '.kube',
    '.docker',
    '.oci',
    '.terraform.d',
    '.password-store',
    '.vault-token',
  ],
  ...['.config/gh', '.config/hub', '.config/glab-cli', '.config/gcloud', '.config/op', '.config/sops', '.config/doctl'],
  ...['.config/anthropic', '.config/rclone', '.config/heroku', '.config/github-copilot', '.config/git/credentials'],
  ...['.netrc', '_netrc', '.git-credentials', '.npmrc', '.yarnrc', '.yarnrc.yml', '.pypirc', '.pgpass', '.my.cnf'],
  ...['.cargo/credentials', '.cargo/credentials.toml', '.gem/credentials', '.m2/settings.xml', '.s3cfg', '.boto'],
  ...['.gradle/gradle.properties', '.claude/.credentials.json', '.claude.json', '.codex', '.gemini'],
  ...['.local/share/keyrings', '.local/share/kwalletd', 'Library/Keychains', 'Library/Cookies'],
  ...['.config/Code', '.config/Code - Insiders', '.config/VSCodium', '.config/Cursor', '.vscode-server/data'],
  ...['.local/share/code-server', 'Library/Application Support/Code', 'Library/Application Support/Firefox'],
  ...['.mozilla', '.config/google-chrome', '.config/chromium', '.config/BraveSoftware', '.config/microsoft-edge'],
  ...['Library/Application Support/Google', 'Library/Application Support/BraveSoftware', 'Library/Safari'],
  ...['.bash_history', '.zsh_history', '.python_history', '.node_repl_history', '.psql_history', '.mysql_history'],
  ...['.local/share/fish/fish_history', '.lesshst', '.viminfo'],
];

/** Sockets and keys of this machine. */
const ELSEWHERE = ['/run/user', '/run/secrets', '/run/docker.sock', '/var/run/docker.sock', '/etc/shadow', '/etc/ssh'];
