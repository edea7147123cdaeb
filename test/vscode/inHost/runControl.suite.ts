import assert from 'node:assert/strict';
import { suite, test } from 'mocha';
import * as vscode from 'vscode';
import { Emitter } from '../../../src/base/emitter.ts';
import { runControl } from '../../../src/host/runControl.ts';
import type { RunHub } from '../../../src/host/runHub.ts';
import { RunTree } from '../../../src/host/runTree.ts';
import { openControlSocket } from '../../../src/node/controlSocket.ts';
import { queued, started } from '../../../src/projection/runLog.fake.ts';
import type { Command, Event } from '../../../src/protocol/messages.ts';
import { watching } from './watching.ts';
import { withHub, writeRun, type WrittenRun } from './writtenRun.ts';

/** The end of a run that another process has: it takes all but a restart. */
async function withOwner(body: (owned: { hub: RunHub; run: WrittenRun; taken: Command[] }) => Promise<void>) {
  await withHub(async ({ hub, home, cwd }) => {
    const run = await writeRun({ home, cwd, runId: 'owned' });
    const events = new Emitter<readonly Event[]>();
    const taken: Command[] = [];
    const runtime = {
      listen: () => ({ dispose: () => undefined }),
      subscribe: (_: string, __: number, on: (batch: readonly Event[]) => void) => events.on(on),
      dispatch: (command: Command): void => {
        taken.push(command);
        const { commandId, runId } = command;
        if (command.type === 'agent.restart')
          events.emit([{ seq: 1, at: 0, runId, type: 'refused', commandId, error: 'It has ended.' }]);
      },
    };
    const socket = await openControlSocket(runtime, run);
    try {
      await run.tell(queued('a1', 'Find'), started('a1'));
      await hub.look();
      await body({ hub, run, taken });
    } finally {
      socket.close();
      await run.close();
    }
  });
}

export function runControlSuite(): void {
  suite('W46 what is said to a run of another process', () => {
    test('W46 rows of the list: run, phase and agent', async () => {
      await withOwner(async ({ hub, taken }) => {
        const commands = runControl(hub);
        const tree = new RunTree(hub);
        const row = tree.runNode('owned');
        const [phase] = await tree.getChildren(row);
        const [agent] = await tree.getChildren(phase);
        assert.equal(tree.getTreeItem(row).contextValue, 'run running stoppable pausable');
        assert.equal(phase && tree.getTreeItem(phase).contextValue, 'phase live');
        assert.equal(agent && tree.getTreeItem(agent).contextValue, 'agent live');
        await commands['pauseRun']?.(row);
        await commands['continueRun']?.('owned');
        await commands['finishPhase']?.(phase);
        await commands['skipAgent']?.(agent);
        await commands['stopAgent']?.(agent);
        await commands['stopRun']?.(row);
        assert.deepEqual(
          taken.map(({ commandId: _, runId: __, ...body }) => body),
          [
            { type: 'run.pause' },
            { type: 'run.continue' },
            { type: 'phase.finish', phase: 'Find' },
            { type: 'agent.skip', agentId: 'a1' },
            { type: 'agent.stop', agentId: 'a1' },
            { type: 'run.stop' },
          ],
        );
        tree.dispose();
      });
    });

    test('W46 what is typed: a message, a number, a budget', async () => {
      const typed = ['use tabs', '4', 'elastic', '$5', 'none'];
      const labels = ['Agents at once', 'Agents at once', 'Budget', 'Minutes'];
      await withOwner(async ({ hub, taken }) => {
        const commands = runControl(hub);
        const type = () => async () => typed.shift();
        const pick = () => {
          const picked = async (items: readonly vscode.QuickPickItem[]) => {
            const label = labels.shift();
            return items.find((item) => item.label === label);
          };
          return picked as unknown as typeof vscode.window.showQuickPick;
        };
        await watching(vscode.window, 'showInputBox', type, () =>
          watching(vscode.window, 'showQuickPick', pick, async () => {
            await commands['steerAgent']?.({ runId: 'owned', agentId: 'a1' });
            for (const _ of [1, 2, 3, 4]) await commands['setRun']?.('owned');
          }),
        );
        assert.deepEqual(
          taken.map(({ commandId: _, runId: __, ...body }) => body),
          [
            { type: 'agent.steer', agentId: 'a1', message: 'use tabs' },
            { type: 'run.set', concurrency: 4 },
            { type: 'run.set', concurrency: 'elastic' },
            { type: 'run.set', caps: { usd: 5 } },
            { type: 'run.set', caps: { minutes: null } },
          ],
        );
      });
    });

    test('W46 what the run refuses, and a run that ended, are told', async () => {
      const told: string[] = [];
      const around = () =>
        (async (message: string) => void told.push(message)) as typeof vscode.window.showErrorMessage;
      await withOwner(async ({ hub, run }) => {
        const commands = runControl(hub);
        await watching(vscode.window, 'showErrorMessage', around, async () => {
          await commands['restartAgent']?.({ runId: 'owned', agentId: 'a1' });
          await run.close();
          await commands['pauseRun']?.('owned');
        });
      });
      assert.deepEqual(told, ['It has ended.', 'Run owned is not running.']);
    });

    test('W46 a paused run says so in its row, by whom and since when', async () => {
      await withOwner(async ({ hub, run }) => {
        await run.tell({ type: 'run.paused', reason: 'quota', message: 'No more today.', until: 90_000_000 });
        await hub.look();
        const tree = new RunTree(hub);
        const item = tree.getTreeItem(tree.runNode('owned'));
        assert.match(String(item.description), /^paused at \S+.* for want of quota, goes on at .*: No more today\. · /);
        assert.equal(item.contextValue, 'run running stoppable paused');
        assert.equal((item.iconPath as vscode.ThemeIcon).id, 'debug-pause');
        tree.dispose();
      });
    });
  });
}
