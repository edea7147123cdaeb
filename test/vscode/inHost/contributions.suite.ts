import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';
import { suite, test } from 'mocha';
import * as vscode from 'vscode';
import { GRAPH_VIEW } from '../../../src/host/graphPanel.ts';
import { editorRipgrep, openFolders, placesOf } from '../../../src/host/places.ts';
import { installed, menu, rowPattern } from './manifest.ts';
import { stage } from './stage.ts';

/** What package.json promises the editor, against what the extension does there. */
export function contributionsSuite(): void {
  suite('what the extension contributes', () => {
    test('it is active once the editor has started, and gives other extensions nothing', async () => {
      const { extension, manifest } = installed();
      // The editor waits for extensions that ask to be started with it, and starts the tests then.
      assert.equal(await extension.activate(), undefined);
      assert.equal(extension.isActive, true);
      assert.deepEqual(manifest.activationEvents, ['onStartupFinished', `onWebviewPanel:${GRAPH_VIEW}`]);
    });

    test('every contributed command is registered, and no other one', async () => {
      const { commands, views } = installed().manifest.contributes;
      // The editor registers some of its own for each view, under the view's name.
      const viewIds = Object.values(views)
        .flat()
        .map(({ id }) => id);
      const registered = (await vscode.commands.getCommands(true)).filter(
        (id) => id.startsWith('dynamicWorkflows.') && !viewIds.some((view) => id.startsWith(`${view}.`)),
      );
      assert.deepEqual(registered.sort(), commands.map(({ command }) => command).sort());
      for (const { command, category } of commands) assert.equal(category, 'Workflows', command);
    });

    test('menus and the welcome text name commands and views that are there', () => {
      const { commands, menus, views, viewsWelcome } = installed().manifest.contributes;
      const known = new Set(commands.map(({ command }) => command));
      const linked = viewsWelcome.flatMap(({ contents }) =>
        [...contents.matchAll(/\(command:([\w.]+)\)/g)].map(([, command]) => command ?? ''),
      );
      const used = Object.values(menus)
        .flat()
        .map(({ command }) => command);
      assert.deepEqual(
        [...linked, ...used].filter((command) => !known.has(command)),
        [],
      );
      const viewIds = Object.values(views)
        .flat()
        .map(({ id }) => id);
      const [runs, session] = ['dynamicWorkflows.runs', 'dynamicWorkflows.session'];
      assert.deepEqual(viewIds, [runs, session]);
      const titled = [runs, session].map((id) => `view == ${id}`);
      for (const { when } of menus['view/title'] ?? []) assert.ok(titled.includes(when), when);
      assert.deepEqual(
        viewsWelcome.map(({ view }) => view),
        [runs],
      );
    });

    test('the palette hides what means nothing without a row', () => {
      const { menus } = installed().manifest.contributes;
      const hidden = (menus['commandPalette'] ?? []).filter(({ when }) => when === 'false');
      const rowOnly = ['dynamicWorkflows.openTranscript', 'dynamicWorkflows.openChange'];
      for (const command of rowOnly)
        assert.ok(
          hidden.some((entry) => entry.command === command),
          command,
        );
    });

    const TAKE_RUN = ['applyChanges', 'mergeChanges', 'proposeChanges', 'undoApply'];
    const TAKE_CHANGE = ['applyChanges', 'mergeChanges', 'proposeChanges', 'landChange', 'discardChange'];
    const rows = [
      {
        row: 'run running stoppable pausable',
        has: ['openGraph', 'openChanges', 'openScript', 'saveWorkflow', 'pauseRun', 'stopRun', 'setRun', ...TAKE_RUN],
      },
      {
        row: 'run running stoppable paused',
        has: [
          'openGraph',
          'openChanges',
          'openScript',
          'saveWorkflow',
          'continueRun',
          'stopRun',
          'setRun',
          ...TAKE_RUN,
        ],
      },
      {
        row: 'run interrupted resumable',
        has: ['openGraph', 'openChanges', 'openScript', 'saveWorkflow', 'resumeRun', ...TAKE_RUN],
      },
      { row: 'phase', has: [] },
      { row: 'phase live', has: ['finishPhase'] },
      { row: 'agent', has: ['openTranscript'] },
      { row: 'agent change', has: ['openTranscript', 'openChange', ...TAKE_CHANGE] },
      {
        row: 'agent change live',
        has: ['openTranscript', 'openChange', 'steerAgent', 'restartAgent', 'stopAgent', 'skipAgent', ...TAKE_CHANGE],
      },
    ];
    for (const { row, has } of rows) {
      test(`menu of a row: ${row}`, () => {
        assert.deepEqual(
          menu(row),
          has.map((name) => `dynamicWorkflows.${name}`),
        );
      });
    }

    test('what stands beside a row is in its menu too', () => {
      const entries = installed().manifest.contributes.menus['view/item/context'] ?? [];
      const beside = entries.filter(({ group }) => group?.startsWith('inline') === true);
      assert.ok(beside.length > 0);
      for (const { row } of rows)
        for (const { command, when } of beside)
          if (rowPattern(when).test(row)) assert.ok(menu(row).includes(command), `${command} of ${row}`);
    });

    test('nothing of it runs in an untrusted folder, nor where there is no disk', () => {
      const { capabilities, extensionKind } = installed().manifest;
      assert.equal(capabilities.untrustedWorkspaces.supported, false);
      assert.equal(capabilities.virtualWorkspaces.supported, false);
      assert.deepEqual(extensionKind, ['workspace']);
    });

    test('what it looks for is where it looks: in its own folder, in the open one, in the editor', async () => {
      const places = placesOf(installed().extension.extensionUri);
      const { shipped } = places.workflows;
      for (const path of [shipped, places.sampleProject, places.dist.fsPath, places.graphIcon.fsPath])
        assert.ok(existsSync(path), path);
      assert.equal(places.home, stage().home);
      assert.deepEqual(openFolders(), [stage().folder]);
      const ripgrep = editorRipgrep();
      assert.ok(ripgrep, 'The editor has a ripgrep of its own.');
      assert.match((await promisify(execFile)(ripgrep, ['--version'])).stdout, /^ripgrep \d+/);
    });
  });
}
