import { join } from 'node:path';
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
      ...GUARDED_FOLDERS.map(([folder, file]) => keptAsItIs(place.root, folder, file, around.exists)),
      ...GUARDED_FILES.map((name) => join(place.root, name)).filter(around.exists),
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

/** Folders of the root that stay as they are, each with a file that may be in it. */
const GUARDED_FOLDERS = [
  ['.git', 'config'],
  ['.vscode', 'settings.json'],
  ['.claude', 'settings.json'],
  ['.idea', 'workspace.xml'],
] as const;

const GUARDED_FILES = ['.mcp.json', '.gitmodules', '.ripgreprc'];

/**
 * What is not there is kept from being made by a stand-in, which others can see as long as a command runs. For a file
 * that is an empty folder in its place's parent, which git does not see; for a folder it would be an empty file.
 */
function keptAsItIs(root: string, folder: string, file: string, exists: (path: string) => boolean): string {
  const path = join(root, folder);
  return exists(path) ? path : join(path, file);
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
