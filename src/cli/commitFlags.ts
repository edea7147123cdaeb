import { DEFAULT_COMMITS, type CommitSettings } from '../node/commits/commitSettings.ts';
import { CommandError } from './commandError.ts';

export const COMMIT_FLAGS = {
  'sign-commits': { type: 'boolean' },
  'commit-hooks': { type: 'boolean' },
  'commit-author': { type: 'string' },
} as const;

/** How changes are committed. */
export function commitsFrom(values: {
  readonly 'sign-commits'?: boolean | undefined;
  readonly 'commit-hooks'?: boolean | undefined;
  readonly 'commit-author'?: string | undefined;
}): CommitSettings {
  return {
    ...DEFAULT_COMMITS,
    sign: values['sign-commits'] === true,
    runHooks: values['commit-hooks'] === true,
    ...authorFrom(values['commit-author']),
  };
}

function authorFrom(text: string | undefined): Pick<CommitSettings, 'name' | 'email'> {
  if (text === undefined) return {};
  const [, name, email] = /^\s*([^<>\n]*[^<>\s])\s*<([^<>\s]+)>\s*$/.exec(text) ?? [];
  if (name !== undefined && email !== undefined) return { name, email };
  throw new CommandError(`--commit-author is 'Name <address>', not "${text}".`);
}
