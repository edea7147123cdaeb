import { describe, expect, test } from 'vitest';
import { PROJECT_NAMES, protection } from '../../engine/protectedPaths.ts';
import { fileRules, type Surroundings } from './fileRules.ts';

const HOME = '/home/me/.dynamic-workflows';
const ROOT = `${HOME}/worktrees/p/r/a1`;
const around = (...there: readonly string[]): Surroundings => ({
  ...{ person: '/home/me', home: HOME, sockets: ['/tmp/dynamic-workflows-1000'] },
  exists: (path) => there.includes(path),
  standIns: true,
});

describe('what a confined command may do', () => {
  test('is to write its worktree and its temporary folder, and nothing else', () => {
    const rules = fileRules({ root: ROOT }, `${HOME}/tmp/x`, around());
    expect(rules.allowWrite).toEqual([ROOT, `${HOME}/tmp/x`]);
    expect(rules.allowRead).toEqual([ROOT, `${HOME}/tmp/x`]);
  });

  test.each(['/home/me/.ssh', '/home/me/.aws', '/home/me/.config/gh', '/home/me/.claude.json', HOME, '/run/user'])(
    'is not to read %s',
    (path) => expect(fileRules({ root: ROOT }, '/t', around()).denyRead).toContain(path),
  );

  test('is not to reach the sockets of other runs', () => {
    expect(fileRules({ root: ROOT }, '/t', around()).denyRead).toContain('/tmp/dynamic-workflows-1000');
  });

  test('is to read what of the denied is named', () => {
    const readable = [`${HOME}/projects/p/runs/r/outputs/a1`];
    expect(fileRules({ root: ROOT, readable }, '/t', around()).allowRead).toEqual([ROOT, ...readable]);
  });

  test.each(['/home/me', '/home', '/', HOME])('is no more to read below %s as its root', (root) => {
    expect(fileRules({ root }, '/t', around()).allowRead).toEqual([]);
  });

  test('is not to write what decides what others run, whether it is there or not', () => {
    const there = [`${ROOT}/.git`, `${ROOT}/.mcp.json`, `${ROOT}/.zshenv`, '/home/me/.bashrc', '/tmp/claude'];
    const { denyWrite } = fileRules({ root: ROOT }, '/t', around(...there));
    expect(denyWrite).toEqual(expect.arrayContaining(there));
    // Nothing below it: a stand-in is for what is not there.
    expect(denyWrite).not.toContain(`${ROOT}/.mcp.json/settings`);
    expect(denyWrite).not.toContain(`${ROOT}/.bashrc`);
  });

  test.each(['.claude', ...PROJECT_NAMES])('is not to make or write %s', (name) => {
    const path = `${ROOT}/${name}`;
    const denied = (surroundings: Surroundings) =>
      fileRules({ root: ROOT }, '/t', surroundings).denyWrite.filter((one) => one.startsWith(path));
    expect(denied(around(path))).toEqual([path]);
    expect(denied({ ...around(), standIns: false })).toEqual([path]);
    // A folder stands in meanwhile, of which there can be none by one of the names.
    expect(denied(around())).toEqual(name === '.npmrc' ? [] : [`${path}/settings`]);
    expect(protection(ROOT, `${path}/settings`)).toBe('settings');
  });

  test('is to write its temporary folder wherever that lies', () => {
    const { denyWrite } = fileRules({ root: '/home/me' }, `${HOME}/tmp/x`, around(HOME));
    expect(denyWrite).not.toContain(HOME);
  });
});
