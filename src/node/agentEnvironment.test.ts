import { expect, test } from 'vitest';
import { agentEnvironment } from './agentEnvironment.ts';

test.each([
  'ANTHROPIC_API_KEY',
  'ANTHROPIC_BASE_URL',
  'OPENAI_API_KEY',
  'GITHUB_TOKEN',
  'GH_TOKEN',
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'GOOGLE_APPLICATION_CREDENTIALS',
  'DB_PASSWORD',
  'PGPASSWORD',
  'MYSQL_PWD',
  'REDIS_PASS',
  'STRIPE_KEY',
  'deploy_key',
  'CLAUDE_CODE_OAUTH_TOKEN',
  'npm_config_//registry.example/:_authToken',
  'NPM_CONFIG__AUTH',
  'SENTRY_DSN',
  'SSH_AUTH_SOCK',
  'SSH_ASKPASS',
  'DBUS_SESSION_BUS_ADDRESS',
  'GIT_DIR',
  'GIT_INDEX_FILE',
  'GIT_ASKPASS',
  'VSCODE_GIT_IPC_HANDLE',
  'VSCODE_IPC_HOOK_CLI',
  'ELECTRON_RUN_AS_NODE',
  'NODE_OPTIONS',
  'NODE_TEST_CONTEXT',
  'NODE_CHANNEL_FD',
  'VITEST_WORKER_ID',
  'VITEST',
  'BASH_ENV',
])('X10 an agent does not see %s', (name) => {
  expect(agentEnvironment({ [name]: 'value' })).not.toHaveProperty([name]);
});

test.each([
  ['a URL with a password', 'postgres://ada:lovelace@db.example/main'],
  ['a URL with a password alone', 'redis://:lovelace@cache.example'],
  ['a model key', 'sk-ant-api03-abcdef'],
  ['a code host token', 'ghp_abcdefabcdef'],
  ['a cloud key', 'AKIAABCDEFGHIJKLMNOP'],
  ['a signed web token', 'eyJhbGciOi.eyJzdWIiOiIx.c2ln'],
  ['a private key', '-----BEGIN OPENSSH PRIVATE KEY-----\nabc'],
])('X10 an agent does not see %s under a harmless name', (_, value) => {
  expect(agentEnvironment({ PLAIN: value })).not.toHaveProperty('PLAIN');
});

test.each([
  ['PATH', '/usr/bin'],
  ['HOME', '/home/ada'],
  ['PWD', '/home/ada'],
  ['LANG', 'en_US.UTF-8'],
  ['MONKEY', 'banana'],
  ['AUTHOR', 'Ada'],
  ['KEYBOARD_LAYOUT', 'dvorak'],
  ['XDG_SESSION_TYPE', 'wayland'],
  ['ENVIRONMENT', 'test'],
  ['HTTPS_PROXY', 'http://proxy.example:3128'],
  ['SERVICE_URL', 'https://example.com/a:b@c'],
  ['NODE_EXTRA_CA_CERTS', '/etc/ssl/own.pem'],
])('an agent keeps %s', (name, value) => {
  expect(agentEnvironment({ [name]: value })).toHaveProperty([name], value);
});

test('an agent has nothing that waits at a terminal', () => {
  expect(agentEnvironment({ PAGER: 'less' })).toEqual({ GIT_TERMINAL_PROMPT: '0', GIT_PAGER: 'cat', PAGER: 'cat' });
});
