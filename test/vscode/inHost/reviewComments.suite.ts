import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { suite, test } from 'mocha';
import * as vscode from 'vscode';
import { ReviewComments } from '../../../src/host/reviewComments.ts';
import type { RunHub } from '../../../src/host/runHub.ts';
import type { Finding } from '../../../src/protocol/change.ts';
import type { EventBody } from '../../../src/protocol/messages.ts';
import { committed, queued } from '../../../src/projection/runLog.fake.ts';
import { stage } from './stage.ts';
import { overlay, watching } from './watching.ts';
import { withHub, withStagedHub, writeRun } from './writtenRun.ts';

const { Collapsed, Expanded } = vscode.CommentThreadCollapsibleState;
const { Resolved, Unresolved } = vscode.CommentThreadState;

export function reviewCommentsSuite(): void {
  suite('X02 what reviewers found, as threads', () => {
    test('of the staged run: an upheld finding open, a refuted one folded, each on the modified side', async () => {
      const { folder, runId } = stage();
      await withStagedHub((hub) =>
        withThreads(hub, async (threads) => {
          const run = await hub.open(runId);
          const known = run?.state.changes.find(({ review }) => review !== null && review.findings.length > 0);
          assert.ok(known);
          const [upheld, refuted, ...others] = threads();
          assert.ok(upheld && refuted);
          assert.deepEqual(others, []);

          assert.deepEqual(JSON.parse(upheld.uri.query), { cwd: folder, commit: known.change.commit });
          assert.equal(upheld.uri.path, '/src/greet.js');
          const modified = await vscode.workspace.openTextDocument(upheld.uri);
          assert.ok(upheld.range);
          assert.deepEqual(
            [upheld.range.start.line, upheld.range.end.line].map((line) => modified.lineAt(line).text),
            ["  const title = 'Dear';", "  return title + ' ' + name;"],
          );
          assert.equal(upheld.label, 'minor · argued · 3 upheld, 0 refuted');
          assert.deepEqual([upheld.state, upheld.collapsibleState, upheld.canReply], [Unresolved, Expanded, false]);
          assert.deepEqual(said(upheld), [
            {
              name: 'Reviewer for correctness',
              label: 'minor, argued · 3 upheld, 0 refuted',
              text: '**The title is fixed**\n\nNobody can choose it.\n\nSuggestion: Take it as a parameter.',
            },
            ...[1, 2, 3].map((n) => ({ name: `Skeptic ${n}`, label: undefined, text: 'upheld: It is so.' })),
          ]);

          assert.equal(refuted.range?.start.line, 0);
          assert.equal(refuted.label, 'blocker · 0 upheld, 3 refuted');
          assert.deepEqual([refuted.state, refuted.collapsibleState], [Resolved, Collapsed]);
          assert.equal(said(refuted)[0]?.label, 'blocker, refuted: 0 upheld, 3 refuted');
        }),
      );
    });

    test('severity, votes and lines of every kind', async () => {
      await withReviewed(
        [
          finding({ line: 7, severity: 'nit', votes: { upheld: 1, refuted: 1, abstained: 1 } }),
          finding({ line: 4, endLine: 9, severity: 'blocker', votes: { upheld: 0, refuted: 0, abstained: 3 } }),
          finding({ line: 5, endLine: 2, severity: 'major' }),
          finding({ line: 0 }),
        ],
        async (threads) => {
          assert.deepEqual(
            threads().map(({ label, range }) => [label, range?.start.line, range?.end.line]),
            [
              ['nit · 1 upheld, 1 refuted, 1 abstention', 6, 6],
              ['blocker · 0 upheld, 0 refuted, 3 abstentions', 3, 8],
              ['major · 2 upheld, 0 refuted', 4, 4],
              ['minor · 2 upheld, 0 refuted', 0, 0],
            ],
          );
        },
      );
    });

    test('what a model wrote runs no command and loads no image', async () => {
      const body = '[go](command:workbench.action.quit) ![x](https://example.com/?leak=1) <img src=x>';
      await withReviewed([finding({ body, reasons: ['![y](https://example.com)'] })], async (threads) => {
        const bodies = threads().flatMap(({ comments }) => comments.map((comment) => comment.body));
        assert.equal(bodies.length, 2);
        for (const text of bodies) {
          assert.ok(text instanceof vscode.MarkdownString);
          assert.deepEqual([text.isTrusted ?? false, text.supportHtml ?? false], [false, false]);
          assert.doesNotMatch(text.value, /!\[/);
        }
      });
    });

    test('a later review takes the place of an earlier one; without its run there is none', async () => {
      await withReviewed([finding({ title: 'first' })], async (threads, review, remove) => {
        await review([finding({ title: 'second' }), finding({ title: 'third' })]);
        assert.deepEqual(
          threads().map((thread) => /\*\*(\w+)\*\*/.exec(said(thread)[0]?.text ?? '')?.[1]),
          ['second', 'third'],
        );
        await remove();
        assert.deepEqual(threads(), []);
      });
    });
  });
}

function finding(of: Partial<Finding>): Finding {
  return {
    ...{ path: 'src/a.js', line: 3, severity: 'minor', title: 'A title', body: 'A body.', lens: 'correctness' },
    ...{ votes: { upheld: 2, refuted: 0, abstained: 0 }, reasons: [] },
    ...of,
  };
}

type Threads = () => readonly vscode.CommentThread[];

/** The threads that stand, in the order in which they were made. */
async function withThreads(hub: RunHub, body: (threads: Threads) => Promise<void>): Promise<void> {
  const standing = new Set<vscode.CommentThread>();
  const around =
    (real: typeof vscode.comments.createCommentController) =>
    (id: string, label: string): vscode.CommentController => {
      const controller = real(id, label);
      return overlay(controller, {
        createCommentThread: (...args) => {
          const thread = controller.createCommentThread(...args);
          const watched = overlay(thread, {
            dispose: () => {
              thread.dispose();
              standing.delete(watched);
            },
          });
          standing.add(watched);
          return watched;
        },
      });
    };
  await watching(vscode.comments, 'createCommentController', around, async () => {
    const comments = new ReviewComments(hub);
    try {
      await body(() => [...standing]);
    } finally {
      comments.dispose();
    }
  });
}

/** A run with one change and this review of it. */
async function withReviewed(
  findings: readonly Finding[],
  body: (
    threads: Threads,
    review: (findings: readonly Finding[]) => Promise<void>,
    remove: () => Promise<void>,
  ) => Promise<void>,
): Promise<void> {
  await withHub(async ({ hub, home, cwd }) => {
    const run = await writeRun({ home, cwd, runId: 'reviewed' });
    await withThreads(hub, async (threads) => {
      const review = async (found: readonly Finding[]): Promise<void> => {
        await run.tell(reviewed(found));
        await hub.look();
      };
      await run.tell(queued('a1', 'Fix', { kind: 'author' }), committed('a1', 'src/a.js'));
      await review(findings);
      await body(threads, review, async () => {
        await run.close();
        await rm(run.dir, { recursive: true });
        await hub.look();
      });
    });
    await run.close();
  });
}

function reviewed(findings: readonly Finding[]): EventBody {
  return { type: 'change.reviewed', changeId: 'a1', review: { approved: true, findings }, refuted: [] };
}

/** Who says what, in the order in which the thread shows it. */
function said({ comments }: vscode.CommentThread) {
  return comments.map(({ author, label, body }) => ({
    name: author.name,
    label,
    text: typeof body === 'string' ? body : body.value,
  }));
}
