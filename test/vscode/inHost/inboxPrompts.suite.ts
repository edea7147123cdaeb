import assert from 'node:assert/strict';
import { suite, test } from 'mocha';
import * as vscode from 'vscode';
import { InboxPrompts } from '../../../src/host/inboxPrompts.ts';
import type { Engine } from '../../../src/node/createEngine.ts';
import { watching } from './watching.ts';
import { withHub, writeRun } from './writtenRun.ts';

/** What a run asked before any of its events came from the engine. */
const quiet = {
  subscribe: () => ({ dispose: () => undefined }),
  finished: () => new Promise(() => undefined),
} as unknown as Engine;

export function inboxPromptsSuite(): void {
  suite('X04 what is asked comes to the screen', () => {
    test('also where the list found the run on disk before its engine had told of it', async () => {
      await withHub(async ({ hub, home, cwd }) => {
        const asked: string[] = [];
        const note = () =>
          (async (text: string) => void asked.push(text)) as unknown as typeof vscode.window.showInformationMessage;
        await watching(vscode.window, 'showInformationMessage', note, async () => {
          const inbox = new InboxPrompts(hub);
          const run = await writeRun({ home, cwd, runId: 'early' });
          try {
            await run.tell({ type: 'question.asked', requestId: 'q1', question: 'Who counts?', phase: null });
            await hub.look();
            assert.deepEqual(asked, []);
            await hub.adopt(quiet, 'early', run.dir);
            assert.deepEqual(asked, ['workflow of early asks: Who counts?']);
          } finally {
            inbox.dispose();
            await run.close();
          }
        });
      });
    });
  });
}
