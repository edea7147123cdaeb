import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { suite, test } from 'mocha';
import type * as vscode from 'vscode';
import type { RunHub } from '../../../src/host/runHub.ts';
import { RunTree, type RunNode } from '../../../src/host/runTree.ts';
import { done, queued, replied, started } from '../../../src/projection/runLog.fake.ts';
import type { RunEnd } from '../../../src/protocol/run.ts';
import { menu } from './manifest.ts';
import { stage } from './stage.ts';
import { withHub, withStagedHub, writeRun } from './writtenRun.ts';

export function runTreeSuite(): void {
  suite('the list of runs', () => {
    test('the staged run: its phases, agents and landings, with what they used', async () => {
      await withStagedHub(async (hub) => {
        const shown = await rowsOf(new RunTree(hub));
        const spent = / · \$0\.\d{4} · [\d.]+s$/;
        for (const row of shown.filter(({ depth, context }) => depth === 0 || (depth === 2 && context === 'agent')))
          assert.match(row.description, spent, row.label);
        assert.deepEqual(
          shown.map(({ depth, label, icon, context }) => [depth, label, icon, context]),
          [
            [0, 'polish', 'pass', 'run completed resumable'],
            [1, 'Change', 'check', 'phase'],
            [2, 'polite greeting', 'pass', 'agent change'],
            [2, 'several files', 'pass', 'agent change'],
            [1, 'Review', 'check', 'phase'],
            [2, 'correctness: Made greet polite.', 'pass', 'agent'],
            ...['The title is fixed', 'The name is lost'].flatMap((title) =>
              [1, 2, 3].map((n) => [2, `skeptic ${n}: ${title}`, 'pass', 'agent']),
            ),
            [2, 'correctness: Moved the list.', 'pass', 'agent'],
            [1, 'Land', 'check', 'phase'],
            [2, 'polite greeting', 'git-merge', 'agent change'],
            [2, 'several files', 'git-merge', 'agent change'],
          ],
        );
        assert.deepEqual(
          shown.filter(({ depth }) => depth === 1).map(({ description }) => description),
          ['2 of 2', '8 of 8', '2 landings'],
        );
      });
    });

    test('a click on an agent opens its transcript, one on a landing its change', async () => {
      await withStagedHub(async (hub) => {
        const shown = await rowsOf(new RunTree(hub));
        const { runId } = stage();
        const commands = shown.filter(({ label }) => label === 'several files').map(({ item }) => item.command);
        const agentId = shown
          .find(({ label }) => label === 'several files')
          ?.item.id?.split('/')
          .at(-1);
        assert.deepEqual(
          commands.map((command) => [command?.command, command?.arguments]),
          [
            ['dynamicWorkflows.openTranscript', [{ kind: 'agent', runId, agentId }]],
            ['dynamicWorkflows.openChange', [{ kind: 'landing', runId, agentId }]],
          ],
        );
      });
    });

    test('a row is the same object each time, and knows the row above it', async () => {
      await withStagedHub(async (hub) => {
        const tree = new RunTree(hub);
        const [run] = await tree.getChildren();
        for (const phase of await tree.getChildren(run)) {
          assert.equal(tree.getParent(phase), run);
          const rows = await tree.getChildren(phase);
          assert.deepEqual(
            rows.map((row) => tree.getParent(row)),
            rows.map(() => phase),
          );
          assert.ok((await tree.getChildren(phase)).every((row, index) => row === rows[index]));
        }
        assert.equal(run && tree.getParent(run), undefined);
      });
    });

    test('newest first; how a run stands, and why it ended, is said with what can be done with it', async () => {
      const open = ['openGraph', 'openChanges', 'openScript', 'saveWorkflow'].map((name) => `dynamicWorkflows.${name}`);
      const steer = ['pauseRun', 'stopRun', 'setRun'].map((name) => `dynamicWorkflows.${name}`);
      const take = ['apply', 'merge', 'propose'].map((name) => `dynamicWorkflows.${name}Changes`);
      const takeOver = [...take, 'dynamicWorkflows.undoApply'];
      const resume = [...open, 'dynamicWorkflows.resumeRun', ...takeOver];
      const ended = { result: null, failures: [] };
      const stopped = { status: 'stopped', message: 'No more.', ...ended } as const;
      const ends: readonly { readonly end: RunEnd | 'lives' | 'let go'; readonly row: readonly unknown[] }[] = [
        { end: 'lives', row: ['running', 'loading~spin', [...open, ...steer, ...takeOver]] },
        { end: 'let go', row: ['interrupted', 'debug-disconnect', resume] },
        { end: { status: 'completed', ...ended }, row: ['completed', 'pass', resume] },
        { end: { status: 'degraded', ...ended }, row: ['ended with failures', 'warning', resume] },
        { end: { status: 'failed', message: 'It threw.', ...ended }, row: ['failed: It threw.', 'error', resume] },
        { end: { ...stopped, reason: 'person' }, row: ['stopped by request', 'circle-slash', resume] },
        { end: { ...stopped, reason: 'budget' }, row: ['stopped, the budget is used up', 'circle-slash', resume] },
        { end: { ...stopped, reason: 'agents' }, row: ['stopped at the cap of agents', 'circle-slash', resume] },
        {
          end: { ...stopped, reason: 'closed' },
          row: ['stopped, its window or terminal was closed', 'circle-slash', resume],
        },
      ];
      await withHub(async ({ hub, home, cwd }) => {
        const runs = await Promise.all(
          ends.map((_, index) => writeRun({ home, cwd, runId: `run-${index}`, createdAt: 100_000 - index })),
        );
        for (const [index, run] of runs.entries()) {
          const end = ends[index]?.end;
          if (end === 'let go') await run.close();
          else if (end !== undefined && end !== 'lives') await run.finish(end);
        }
        await hub.look();
        assert.deepEqual(
          (await rowsOf(new RunTree(hub)))
            .filter(({ depth }) => depth === 0)
            .map(({ description, icon, context }) => [description.split(' · ')[0], icon, menu(context)]),
          ends.map(({ row }) => row),
        );
        await runs[0]?.close();
      });
    });

    test('what a run was stopped for, and what can be done about it, stands below its row in full', async () => {
      const ended = { result: null, failures: [] };
      const cases: readonly { readonly end: RunEnd | null; readonly says: string }[] = [
        { end: { status: 'failed', message: 'It threw.\n  at line 3', ...ended }, says: 'It threw.\n  at line 3' },
        { end: { status: 'stopped', reason: 'budget', message: 'No more.', ...ended }, says: 'No more.' },
        { end: { status: 'stopped', reason: 'closed', message: 'Closed.', ...ended }, says: 'Resume goes on where' },
        { end: null, says: 'Its process is gone. Resume goes on where' },
      ];
      await withHub(async ({ hub, home, cwd }) => {
        for (const [index, { end }] of cases.entries()) {
          const run = await writeRun({ home, cwd, runId: `run-${index}`, createdAt: 100_000 - index });
          await (end ? run.finish(end) : run.close());
        }
        await hub.look();
        // Before somebody looks into a run, and after.
        for (const _ of ['closed', 'open']) {
          const rows = await rowsOf(new RunTree(hub));
          const tips = rows.filter(({ depth }) => depth === 0).map(({ item }) => item.tooltip as string);
          for (const [index, { says }] of cases.entries()) assert.ok(tips[index]?.includes(says), tips[index]);
        }
      });
    });

    test('what was cut short neither spins nor counts as done', async () => {
      const cut = [queued('a1', 'Fix'), queued('a2', 'Fix'), started('a1'), done('a1'), started('a2')];
      const end: RunEnd = { status: 'stopped', reason: 'person', message: 'Stopped.', result: null, failures: [] };
      await withHub(async ({ hub, home, cwd }) => {
        for (const runId of ['stopped', 'died']) {
          const run = await writeRun({ home, cwd, runId });
          await run.tell(...cut);
          await (runId === 'died' ? run.close() : run.finish(end));
        }
        await hub.look();
        const rows = await rowsOf(new RunTree(hub));
        const shown = rows.flatMap(({ label, description, icon }) =>
          ['Fix', 'label of a2'].includes(label) ? [[label, description.split(' · ')[0], icon]] : [],
        );
        const once = [
          ['Fix', '1 of 2', 'debug-disconnect'],
          ['label of a2', 'interrupted', 'debug-disconnect'],
        ];
        assert.deepEqual(shown, [...once, ...once]);
      });
    });

    test('W41 it follows a run of another process: waiting, at work, done, failed', async () => {
      await withHub(async ({ hub, home, cwd }) => {
        const run = await writeRun({ home, cwd, runId: 'live' });
        const tree = new RunTree(hub);
        const seen = async (): Promise<readonly (readonly string[])[]> => {
          const told = firing(tree.onDidChangeTreeData);
          await hub.look();
          await told;
          const rows = await rowsOf(tree);
          return rows
            .filter(({ depth }) => depth > 0)
            .map(({ label, description, icon }) => [label, description, icon]);
        };
        const waiting = [
          ['Fix', 'nothing yet', 'circle-outline'],
          ['Review', 'nothing yet', 'circle-outline'],
        ];
        await run.tell({ type: 'phase.entered', title: 'Find' }, queued('a1', 'Find'));
        assert.deepEqual(await seen(), [
          ['Find', '0 of 1', 'loading~spin'],
          ['label of a1', 'waits for a slot', 'circle-outline'],
          ...waiting,
        ]);
        await run.tell(started('a1'), replied('a1'), {
          ...{ type: 'tool.started', agentId: 'a1', callId: 't1', tool: 'Bash', summary: 'npm test' },
        } as const);
        const [, busy] = await seen();
        assert.match(busy?.[1] ?? '', /^1\.1k tokens · \$0\.\d{4} · .+ · waits for Bash npm test$/);
        assert.equal(busy?.[2], 'loading~spin');
        await run.tell(done('a1'), queued('a2', 'Find'), started('a2'), {
          ...{ type: 'agent.ended', agentId: 'a2', fromJournal: false },
          end: { kind: 'null', cause: 'api', message: 'the service\nfailed' },
        } as const);
        const [phase, first, second] = await seen();
        assert.deepEqual(phase, ['Find', '2 of 2, 1 failed', 'check']);
        assert.deepEqual(first?.slice(2), ['pass']);
        assert.deepEqual([second?.[1]?.endsWith('the service failed'), second?.[2]], [true, 'error']);
        tree.dispose();
        await run.close();
      });
    });

    test('W26 agents that an agent started are below it, and know the row above them', async () => {
      await withHub(async ({ hub, home, cwd }) => {
        const run = await writeRun({ home, cwd, runId: 'nested' });
        await run.tell(queued('a1', 'Find'), queued('a2', 'Find'), queued('a3', 'Find', { parent: 'a1' }));
        await hub.look();
        const tree = new RunTree(hub);
        const rows = (await rowsOf(tree)).filter(({ item }) => item.id?.includes('/agent/'));
        assert.deepEqual(
          rows.map(({ depth, label }) => [depth, label]),
          [
            [2, 'label of a1'],
            [3, 'label of a3'],
            [2, 'label of a2'],
          ],
        );
        const [top] = await tree.getChildren();
        const [phase] = await tree.getChildren(top);
        const [parent] = await tree.getChildren(phase);
        const [child] = await tree.getChildren(parent);
        assert.equal(child && tree.getParent(child), parent);
        tree.dispose();
        await run.close();
      });
    });

    test('W41 a run that begins elsewhere appears by itself, and one whose folder goes disappears', async () => {
      await withHub(async ({ hub, home, cwd }) => {
        hub.start();
        await hub.look();
        assert.deepEqual(hub.runs(), []);
        const appeared = listed(hub, 1);
        const run = await writeRun({ home, cwd, runId: 'elsewhere' });
        await appeared;
        assert.equal(hub.get('elsewhere')?.status, 'running');
        const gone = listed(hub, 0);
        await run.close();
        await rm(run.dir, { recursive: true });
        await gone;
      });
    });
  });
}

interface Row {
  readonly depth: number;
  readonly item: vscode.TreeItem;
  readonly label: string;
  readonly description: string;
  readonly icon: string;
  readonly context: string;
}

/** The whole list as the editor would draw it with everything unfolded. */
async function rowsOf(tree: RunTree, above?: RunNode, depth = 0): Promise<Row[]> {
  const rows: Row[] = [];
  for (const node of await tree.getChildren(above)) {
    const item = tree.getTreeItem(node);
    rows.push({
      ...{ depth, item, label: item.label as string, description: String(item.description) },
      ...{ icon: (item.iconPath as vscode.ThemeIcon).id, context: item.contextValue ?? '' },
    });
    rows.push(...(await rowsOf(tree, node, depth + 1)));
  }
  return rows;
}

function firing(event: vscode.Event<unknown>): Promise<void> {
  return new Promise((resolve) => {
    const listening = event(() => {
      listening.dispose();
      resolve();
    });
  });
}

/** The list has become so long. */
function listed(hub: RunHub, length: number): Promise<void> {
  return new Promise((resolve) => {
    const listening = hub.on(() => {
      if (hub.runs().length !== length) return;
      listening.dispose();
      resolve();
    });
  });
}
