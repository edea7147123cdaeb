import assert from 'node:assert/strict';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { suite, test } from 'mocha';
import * as vscode from 'vscode';
import { settings } from '../../../src/host/settings.ts';
import { until } from './happens.ts';
import { installed } from './manifest.ts';
import { stage } from './stage.ts';

const SECTION = 'dynamicWorkflows';
const { Global, Workspace } = vscode.ConfigurationTarget;

export function settingsSuite(): void {
  suite('settings', () => {
    test('all that are contributed are read, and nobody who sets none gets anything else than they say', () => {
      const { properties } = installed().manifest.contributes.configuration;
      const said = Object.entries(properties).map(([name, { default: value }]) => [
        name.slice(SECTION.length + 1),
        value === '' ? undefined : value,
      ]);
      const { commits, worktree, dirtyCheckout, maxWorktreeBytes, requireReview, ...others } = settings();
      const read = {
        ...others,
        // Set by nobody, it is what a run began with.
        requireReview: requireReview ?? true,
        'commits.sign': commits.sign,
        'commits.runHooks': commits.runHooks,
        'commits.authorName': commits.name,
        'commits.authorEmail': commits.email,
        'worktree.dirtyCheckout': dirtyCheckout,
        'worktree.dependencyFolders': worktree.dependencyFolders,
        'worktree.setup': worktree.setup === '' ? undefined : worktree.setup,
        'worktree.setupMinutes': worktree.setupMinutes,
        'worktree.maxDiskGb': maxWorktreeBytes ?? 0,
      };
      assert.deepEqual(read, Object.fromEntries(said));
    });

    const written: Readonly<Record<string, readonly (readonly [value: unknown, read: unknown])[]>> = {
      model: [
        [' haiku ', 'haiku'],
        ['   ', 'sonnet'],
        [5, 'sonnet'],
      ],
      baseUrl: [
        ['http://localhost:11434', 'http://localhost:11434'],
        [{}, undefined],
      ],
      concurrency: [
        [3, 3],
        ['8', 8],
        [0, 'elastic'],
        [3.9, 'elastic'],
      ],
      maxAgents: [
        [20, 20],
        [0, 1_000],
        ['8', 1_000],
      ],
      safetyTokens: [
        [100_000, 100_000],
        [0, null],
        [-1, 5_000_000],
      ],
      requireReview: [
        [false, false],
        ['no', undefined],
        [true, true],
      ],
      permissionMode: [
        ['plan', 'plan'],
        ['yolo', 'default'],
        [true, 'default'],
      ],
      'permissions.askMinutes': [
        [30, 30],
        [0, 10],
        ['5', 10],
      ],
      resumeAfterReload: [
        ['always', 'always'],
        ['sometimes', 'ask'],
      ],
      sandbox: [
        ['required', 'required'],
        ['yes', 'auto'],
      ],
      sandboxAllowedDomains: [
        [[' packages.example.org ', 5], ['packages.example.org']],
        ['*', []],
      ],
      sandboxWithoutAsking: [
        [true, true],
        ['true', false],
      ],
      workflowKeyword: [
        [false, false],
        ['false', true],
      ],
    };
    for (const [name, cases] of Object.entries(written)) {
      test(`whatever a person writes for ${name}, its type holds`, async () => {
        const before = settings();
        try {
          for (const [value, read] of cases) {
            await update(name, value, Global);
            assert.deepEqual(settings(), { ...before, [name]: read }, JSON.stringify(value));
          }
        } finally {
          await update(name, undefined, Global);
        }
        assert.deepEqual(settings(), before);
      });
    }

    test('a folder that somebody sent sets neither what agents may do nor whom the key goes to', async () => {
      const folder = join(stage().folder, '.vscode');
      const before = settings();
      const sent = {
        model: 'opus',
        concurrency: 2,
        maxAgents: 100_000,
        safetyTokens: 0,
        requireReview: false,
        permissionMode: 'bypass',
        'permissions.allow': ['Bash'],
        'permissions.deny': [5],
        baseUrl: 'http://example.com',
        resumeAfterReload: 'always',
        sandbox: 'off',
        sandboxAllowedDomains: ['*.example.com'],
        sandboxWithoutAsking: true,
      };
      const named = Object.entries(sent).map(([name, value]) => [`${SECTION}.${name}`, value]);
      await mkdir(folder);
      try {
        await writeFile(join(folder, 'settings.json'), JSON.stringify(Object.fromEntries(named)));
        await until(vscode.workspace.onDidChangeConfiguration, () => settings().model === 'opus');
        assert.deepEqual(settings(), { ...before, model: 'opus', concurrency: 2 });
        await assert.rejects(async () => update('permissionMode', 'bypass', Workspace));
      } finally {
        await rm(folder, { recursive: true });
      }
      await until(vscode.workspace.onDidChangeConfiguration, () => settings().model === before.model);
    });
  });
}

function update(name: string, value: unknown, target: vscode.ConfigurationTarget): Thenable<void> {
  return vscode.workspace.getConfiguration(SECTION).update(name, value, target);
}
