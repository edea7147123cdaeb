import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { capture } from '../../../scripts/lib/children.mjs';
import { root } from '../../../scripts/lib/paths.mjs';
import { packageVsix } from '../../../scripts/lib/vsix.mjs';
import { codeServerEntry } from './install.ts';

/** What the editor made of our package; all editors of a test run copy it. */
const installed = join(root, 'test-output', 'vscode-extension');

/** Packages the extension and has the editor install the package: what a person gets, and nothing else of the checkout. */
export async function installPackagedExtension(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'dynamic-workflows-install-'));
  try {
    const vsix = join(folder, 'extension.vsix');
    await packageVsix(vsix);
    rmSync(installed, { recursive: true, force: true });
    mkdirSync(installed, { recursive: true });
    const places = ['--user-data-dir', join(folder, 'user-data'), '--extensions-dir', installed];
    const args = [codeServerEntry, '--config', join(folder, 'config.yaml'), ...places, '--install-extension', vsix];
    const install = await capture(process.execPath, args, { env: { ...process.env, EXTENSIONS_GALLERY: '{}' } });
    if (install.code !== 0) throw new Error(`VS Code did not install the extension. It said:\n${install.output}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Puts the installed extension where an editor looks for its own. */
export function copyExtensionInto(extensionsFolder: string): void {
  // The list beside it holds absolute paths; without one the editor looks at the folders themselves.
  for (const name of readdirSync(installed)) {
    if (!name.endsWith('.json')) cpSync(join(installed, name), join(extensionsFolder, name), { recursive: true });
  }
}
