import { expect, test } from 'vitest';
import type { PermissionMode } from '../protocol/run.ts';
import { mayShow } from './mayShow.ts';

interface Row {
  readonly path: string;
  readonly asked: string;
  readonly mode?: PermissionMode;
  readonly shown: boolean;
}

test.each<Row>([
  { path: '/w/a.ts', asked: '/w', shown: true },
  { path: '/w/a.ts', asked: '/w/src/b.ts', shown: true },
  { path: '/w/.env', asked: '/w', shown: false },
  { path: '/w/src/.env', asked: '/w/src', shown: false },
  { path: '/w/.env', asked: '/w/.env', shown: true },
  { path: '/w/src/.env', asked: '/w/.env', shown: false },
  { path: '/w/grep.txt', asked: '/w', shown: false },
  { path: '/w/secrets/a', asked: '/w', shown: false },
  { path: '/w/secrets/a', asked: '/w/secrets', shown: true },
  { path: '/w/secrets/.env', asked: '/w/secrets', shown: false },
  { path: '/w/key.pem', asked: '/w/key.pem', shown: false },
  { path: '/etc/hosts', asked: '/etc', shown: true },
  { path: '/etc/.env', asked: '/etc', shown: true },
  { path: '/etc/hosts', asked: '/w', shown: false },
  { path: '/w/.env', asked: '/w', mode: 'bypass', shown: true },
  { path: '/w/.env', asked: '/w', mode: 'dontAsk', shown: false },
])('$path of a search of $asked ($mode): $shown', ({ path, asked, mode = 'default', shown }) => {
  const rules = { deny: ['Read(*.pem)'], ask: ['Read(.env)', 'Read(secrets/**)', 'Grep(grep.txt)'], allow: ['Read'] };
  const allow = path.startsWith('/etc') ? [] : rules.allow;
  const policy = { mode, rules: { ...rules, allow }, root: '/w', ownsRoot: false };
  expect(mayShow(policy, path, asked)).toBe(shown);
});
