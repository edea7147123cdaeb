import { describe, expect, test } from 'vitest';
import { findShell, isInside, killTreeCommand } from './platformShell.ts';

const GIT = 'C:\\Program Files\\Git\\bin\\bash.exe';
const WINDOWS = { ProgramFiles: 'C:\\Program Files', LOCALAPPDATA: 'C:\\Users\\me\\AppData\\Local' };

describe('the shell', () => {
  test.each([
    { platform: 'linux', env: {}, there: ['/bin/bash'], program: '/bin/bash' },
    { platform: 'linux', env: {}, there: ['/usr/local/bin/bash'], program: '/usr/local/bin/bash' },
    { platform: 'linux', env: {}, there: [], program: '/bin/sh' },
    { platform: 'darwin', env: {}, there: ['/bin/bash'], program: '/bin/bash' },
    { platform: 'win32', env: WINDOWS, there: [GIT], program: GIT },
    {
      platform: 'win32',
      env: WINDOWS,
      there: ['C:\\Users\\me\\AppData\\Local\\Programs\\Git\\bin\\bash.exe'],
      program: 'C:\\Users\\me\\AppData\\Local\\Programs\\Git\\bin\\bash.exe',
    },
    {
      platform: 'win32',
      env: { Path: 'C:\\Windows\\System32;"D:\\Tools\\Git\\cmd"' },
      there: ['D:\\Tools\\Git\\bin\\bash.exe', 'C:\\Windows\\System32\\bash.exe'],
      program: 'D:\\Tools\\Git\\bin\\bash.exe',
    },
    {
      platform: 'win32',
      env: { 'ProgramFiles(x86)': 'C:\\Program Files (x86)' },
      there: ['C:\\Program Files (x86)\\Git\\bin\\bash.exe'],
      program: 'C:\\Program Files (x86)\\Git\\bin\\bash.exe',
    },
  ] as const)('on $platform with $there is $program', ({ platform, env, there, program }) => {
    const exists = (path: string): boolean => (there as readonly string[]).includes(path);
    expect(findShell({ platform, env, exists })).toEqual({ kind: 'found', program, args: ['-c'] });
  });

  test.each([
    { name: 'the bash of WSL', env: { Path: 'C:\\Windows\\System32' }, there: 'C:\\Windows\\System32\\bash.exe' },
    { name: 'one in the working directory', env: { Path: '.;Git\\bin' }, there: 'Git\\bin\\bash.exe' },
  ])('is not $name', ({ env, there }) => {
    expect(findShell({ platform: 'win32', env, exists: (path) => path === there })).toMatchObject({ kind: 'missing' });
  });
});

test('a tree of processes is ended with its root, by force', () => {
  expect(killTreeCommand(42)).toEqual(['taskkill', '/PID', '42', '/T', '/F']);
});

describe('inside a folder', () => {
  test.each([
    ['/w', '/w', true],
    ['/w', '/w/a/b', true],
    ['/w/', '/w/a', true],
    ['/w', '/w/', true],
    ['/', '/etc', true],
    ['/w', '/wider/a', false],
    ['/w', '/W/a', false],
    ['/w', '/', false],
    ['/w', '/w/../etc', false],
    ['/w', '/w/..', false],
    ['/w', '/w/..a', true],
    ['/w', '/w/a\\..\\..\\b', true],
    ['C:\\w', 'C:\\w', true],
    ['C:\\w', 'c:\\W\\a', true],
    ['C:\\w', 'C:/w/a', true],
    ['C:\\w\\', 'C:\\w\\a', true],
    ['C:\\', 'C:\\a', true],
    ['C:\\w', '\\\\?\\C:\\w\\a', true],
    ['\\\\?\\C:\\w', 'C:\\w\\a', true],
    ['C:\\w', 'D:\\w\\a', false],
    ['C:\\w', 'C:\\wider\\a', false],
    ['C:\\w', 'C:\\w\\..\\b', false],
    ['C:\\w', 'C:\\w/../b', false],
    ['C:\\w', 'C:w\\a', false],
    ['C:\\w', '\\w\\a', false],
    ['C:\\w', 'C:\\w\\PROGRA~1\\a', false],
    ['C:\\w', 'C:\\w\\a:stream', false],
    ['C:\\w', 'C:\\w\\.. \\b', false],
    ['C:\\w', 'C:\\w\\...\\b', false],
    ['\\\\server\\share\\w', '\\\\SERVER\\share\\w\\a', true],
    ['\\\\server\\share\\w', '\\\\?\\UNC\\server\\share\\w\\a', true],
    ['\\\\server\\share\\w', '\\\\other\\share\\w\\a', false],
  ] as const)('%s: %s is %s', (folder, path, inside) => expect(isInside(folder, path)).toBe(inside));
});
