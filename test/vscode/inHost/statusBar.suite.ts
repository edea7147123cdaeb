import assert from 'node:assert/strict';
import { suite, test } from 'mocha';
import * as vscode from 'vscode';
import { Emitter } from '../../../src/base/emitter.ts';
import type { RunHub } from '../../../src/host/runHub.ts';
import { StatusBar } from '../../../src/host/statusBar.ts';
import { queued, replied, started } from '../../../src/projection/runLog.fake.ts';
import { watching } from './watching.ts';
import { withHub, writeRun } from './writtenRun.ts';

export function statusBarSuite(): void {
  suite('the status bar', () => {
    test('nothing runs, one run, two runs, one of unknown price, nothing again', async () => {
      await withHub(async ({ hub, home, cwd }) => {
        await withItem(hub, async (next) => {
          const ended = await writeRun({ home, cwd, runId: 'ended' });
          await ended.finish({ status: 'completed', result: null, failures: [] });
          assert.equal(await next(), null);

          const one = await writeRun({ home, cwd, runId: 'one' });
          await one.tell(queued('a1', null), started('a1'), queued('a2', null), replied('a1'));
          const first = await next();
          assert.match(first?.text ?? '', /^\$\(loading~spin\) 1 of 16 running · 1\.1k tokens · \$0\.\d{4}$/);
          assert.equal(first?.tooltip, `workflow of one in ${cwd}`);
          assert.equal(first.command, 'dynamicWorkflows.showRuns');

          const two = await writeRun({ home, cwd, runId: 'two', createdAt: 2_000 });
          await two.tell(queued('a1', null), started('a1'), replied('a1', { outputTokens: 900 }, 'some-model'));
          const both = await next();
          assert.equal(both?.text, '$(loading~spin) 2 of 32 running · 2.0k tokens · no price');
          assert.equal(both.tooltip, `workflow of two in ${cwd}\nworkflow of one in ${cwd}`);

          // A question of another process cannot be answered from here.
          await two.tell({ type: 'permission.asked', requestId: 'p1', agentId: 'a1', tool: 'Bash', summary: 'ls' });
          assert.equal((await next())?.command, 'dynamicWorkflows.showRuns');

          await one.finish({ status: 'completed', result: null, failures: [] });
          await two.close();
          assert.equal(await next(), null);
        });
      });
    });
  });
}

/** The item once the list of runs has been looked at and the bar has been drawn; null where it is hidden. */
type Next = () => Promise<vscode.StatusBarItem | null>;

async function withItem(hub: RunHub, body: (next: Next) => Promise<void>): Promise<void> {
  const drawn = new Emitter<vscode.StatusBarItem | null>();
  const around =
    (real: typeof vscode.window.createStatusBarItem) =>
    (...args: unknown[]): vscode.StatusBarItem => {
      const item = Reflect.apply(real, vscode.window, args) as vscode.StatusBarItem;
      const [show, hide] = [item.show.bind(item), item.hide.bind(item)];
      item.show = () => {
        show();
        drawn.emit(item);
      };
      item.hide = () => {
        hide();
        drawn.emit(null);
      };
      return item;
    };
  await watching(vscode.window, 'createStatusBarItem', around, async () => {
    const bar = new StatusBar(hub);
    try {
      await body(async () => {
        const next = new Promise<vscode.StatusBarItem | null>((resolve) => {
          const listening = drawn.on((item) => {
            listening.dispose();
            resolve(item);
          });
        });
        await hub.look();
        return next;
      });
    } finally {
      bar.dispose();
    }
  });
}
