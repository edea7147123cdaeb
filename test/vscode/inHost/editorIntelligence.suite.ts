import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { suite, test } from 'mocha';
import * as vscode from 'vscode';
import type { Disposable } from '../../../src/base/disposable.ts';
import { editorIntelligence } from '../../../src/host/editorIntelligence.ts';
import { stage } from './stage.ts';

const LANGUAGE = 'plaintext';
const { signal } = new AbortController();

/** With a language server of three lines: each `word` is one symbol, and each `WRONG` is wrong. */
export function editorIntelligenceSuite(): void {
  suite('what the editor knows of the code', () => {
    test('definitions, references, renames and diagnostics of a file that nobody has open', async () => {
      const path = join(stage().folder, 'intelligence.txt');
      await writeFile(path, 'word WRONG\nother word\n');
      const owned = serve();
      try {
        const places = [
          { path, line: 1, column: 1 },
          { path, line: 2, column: 7 },
        ];
        const at = { path, line: 2, column: 7 };
        assert.equal(editorIntelligence.knows(path), true);
        assert.deepEqual(await editorIntelligence.diagnostics(path, signal), [
          { path, line: 1, column: 6, severity: 'error', message: 'It is wrong.', source: 'three lines' },
        ]);
        assert.deepEqual(await editorIntelligence.symbols('definitions', at, signal), places.slice(0, 1));
        assert.deepEqual(await editorIntelligence.symbols('references', at, signal), places);
        assert.deepEqual(await editorIntelligence.symbols('rename', at, signal), places);
        // Nothing was renamed.
        assert.equal((await vscode.workspace.openTextDocument(path)).getText(), 'word WRONG\nother word\n');
      } finally {
        for (const each of owned) each.dispose();
      }
    });

    test('it knows its open folders alone', () => {
      assert.equal(editorIntelligence.knows('/etc/passwd'), false);
      assert.equal(editorIntelligence.knows(`${stage().folder}-beside/a.txt`), false);
    });
  });
}

function serve(): readonly Disposable[] {
  const found = vscode.languages.createDiagnosticCollection('three lines');
  const look = (document: vscode.TextDocument): void => {
    if (!document.fileName.endsWith('intelligence.txt')) return;
    const diagnostics = occurrences(document, 'WRONG').map((range) => {
      const each = new vscode.Diagnostic(range, 'It is wrong.', vscode.DiagnosticSeverity.Error);
      each.source = 'three lines';
      return each;
    });
    found.set(document.uri, diagnostics);
  };
  return [
    found,
    vscode.workspace.onDidOpenTextDocument(look),
    vscode.languages.registerDefinitionProvider(LANGUAGE, {
      provideDefinition: (document) =>
        occurrences(document, 'word')
          .slice(0, 1)
          .map((range) => new vscode.Location(document.uri, range)),
    }),
    vscode.languages.registerReferenceProvider(LANGUAGE, {
      provideReferences: (document) =>
        occurrences(document, 'word').map((range) => new vscode.Location(document.uri, range)),
    }),
    vscode.languages.registerRenameProvider(LANGUAGE, {
      provideRenameEdits: (document, _position, name) => {
        const edit = new vscode.WorkspaceEdit();
        for (const range of occurrences(document, 'word')) edit.replace(document.uri, range, name);
        return edit;
      },
    }),
  ];
}

function occurrences(document: vscode.TextDocument, word: string): vscode.Range[] {
  return [...document.getText().matchAll(new RegExp(`\\b${word}\\b`, 'g'))].map(
    ({ index }) => new vscode.Range(document.positionAt(index), document.positionAt(index + word.length)),
  );
}
