import assert from 'node:assert/strict';
import { suite, teardown, test } from 'mocha';
import * as vscode from 'vscode';
import { agentOf } from '../../../src/projection/agentTable.ts';
import { done, queued, replied, started } from '../../../src/projection/runLog.fake.ts';
import type { EventBody } from '../../../src/protocol/messages.ts';
import { typedInto, until } from './happens.ts';
import { stage } from './stage.ts';
import { SCRIPT, writeRun, withStagedHub, type WrittenRun } from './writtenRun.ts';

/** Documents of the installed extension. */
const TURNS = ['Asked', 'Calls Read', 'Gets', 'Calls Write', 'Gets', 'Says'];

export function transcriptsSuite(): void {
  suite('transcripts', () => {
    teardown(async () => {
      await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    });

    test('an agent of the staged run: what it was asked, what it called, what it got, what it said', async () => {
      const document = await openTranscript(stage().runId, await authorOf('polite greeting'));
      assert.deepEqual([document.uri.scheme, document.languageId], ['workflow-transcript', 'markdown']);
      const text = document.getText();
      assert.match(text, /^# polite greeting\n\nauthor a\d+ · claude-sonnet-\S+ · done\n\n## Asked\n\n/);
      const headings = [...text.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading);
      assert.deepEqual(headings, [...TURNS, 'What every agent of this run was told first']);
      assert.match(text, /## Asked\n\n[^]*Make greet polite\.[^]*## Calls Read/);
      assert.match(text, /"path": "src\/greet\.js"/);
      assert.match(text, /## Says\n\nMade greet polite\.\n\n## What/);
    });

    test('nobody can type into it', async () => {
      const document = await openTranscript(stage().runId, await authorOf('several files'));
      const before = document.getText();
      assert.deepEqual([await typedInto(document), document.isDirty], [before, false]);
    });

    test('an agent that is not there opens nothing', async () => {
      const before = vscode.workspace.textDocuments.length;
      await vscode.commands.executeCommand('dynamicWorkflows.openTranscript', {
        ...{ kind: 'agent', runId: stage().runId, agentId: 'a999' },
      });
      await vscode.commands.executeCommand('dynamicWorkflows.openTranscript', 'no row at all');
      assert.equal(vscode.window.activeTextEditor, undefined);
      assert.equal(vscode.workspace.textDocuments.length, before);
    });

    test('it grows with its agent, and no fence in a text ends the fence around it', async () => {
      const begun = [queued('a1', null, { label: 'a/b\\c agent' }), started('a1')];
      await withLiveRun('growing', begun, async (run) => {
        const document = await openTranscript(run.runId, 'a1');
        assert.equal(document.uri.path, '/a b c agent.md');
        assert.match(document.getText(), / · running\n\nIt has not said anything yet\.\n$/);

        const fenced = '```js\nlet a;\n```';
        await run.say(
          'a1',
          { role: 'user', content: [{ type: 'text', text: 'Look.' }] },
          { role: 'assistant', content: [{ type: 'tool_use', id: 't1', name: 'Read', input: { path: 'a.md' } }] },
          { role: 'user', content: [{ type: 'tool_result', toolUseId: 't1', content: fenced, isError: false }] },
          { role: 'user', content: [{ type: 'tool_result', toolUseId: 't2', content: 'denied', isError: true }] },
        );
        await run.tell(replied('a1'));
        await until(vscode.workspace.onDidChangeTextDocument, () => document.getText().includes('denied'));
        const text = document.getText();
        assert.ok(text.includes(`## Gets\n\n\`\`\`\`\n${fenced}\n\`\`\`\`\n`), text);
        assert.ok(text.includes('## Gets an error\n\n```\ndenied\n```\n'), text);

        await run.say('a1', { role: 'assistant', content: [{ type: 'text', text: 'Seen.' }] });
        await run.tell(done('a1'));
        await until(vscode.workspace.onDidChangeTextDocument, () => document.getText().includes('## Says\n\nSeen.\n'));
        assert.match(document.getText(), / · done\n/);
      });
    });
  });
}

async function openTranscript(runId: string, agentId: string): Promise<vscode.TextDocument> {
  await vscode.commands.executeCommand('dynamicWorkflows.openTranscript', { kind: 'agent', runId, agentId });
  const document = vscode.window.activeTextEditor?.document;
  if (!document) throw new Error('No transcript is open.');
  return document;
}

async function authorOf(label: string): Promise<string> {
  let found: string | undefined;
  await withStagedHub(async (hub) => {
    const state = (await hub.open(stage().runId))?.state;
    found = state?.changes.find(({ change }) => hasLabel(change.id))?.change.id;

    function hasLabel(id: string): boolean {
      return state !== undefined && agentOf(state.agents, id)?.label === label;
    }
  });
  if (found === undefined) throw new Error(`No author is called ${label}.`);
  return found;
}

/** A run in the open folder, known to the installed extension. */
async function withLiveRun(
  runId: string,
  begun: readonly EventBody[],
  body: (run: WrittenRun) => Promise<void>,
): Promise<void> {
  const { home, folder } = stage();
  const run = await writeRun({ home, cwd: folder, runId });
  try {
    await run.tell(...begun);
    // A command for a run that it does not know makes the extension look at the disk.
    await vscode.commands.executeCommand('dynamicWorkflows.openScript', runId);
    assert.equal(vscode.window.activeTextEditor?.document.getText(), SCRIPT);
    await body(run);
  } finally {
    await run.close();
  }
}
