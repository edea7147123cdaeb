import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { capture } from '../../../scripts/lib/children.mjs';
import { packageVsix } from '../../../scripts/lib/vsix.mjs';
import { codeServerEntry } from './install.ts';

/** Names the folder with what the editor made of our package, for the processes of this test run and no other. */
const INSTALLED = 'DYNAMIC_WORKFLOWS_TEST_EXTENSIONS';

/**
 * Packages the extension and has the editor install the package: what a person gets, and nothing else of the checkout.
 * All editors of this test run copy it; the function that is returned removes it.
 */
export async function installPackagedExtension(): Promise<() => void> {
  const folder = mkdtempSync(join(tmpdir(), 'dynamic-workflows-install-'));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  try {
    const vsix = join(folder, 'extension.vsix');
    const installed = join(folder, 'extensions');
    mkdirSync(installed);
    await packageVsix(vsix);
    const places = ['--user-data-dir', join(folder, 'user-data'), '--extensions-dir', installed];
    const args = [codeServerEntry, '--config', join(folder, 'config.yaml'), ...places, '--install-extension', vsix];
    const install = await capture(process.execPath, args, { env: { ...process.env, EXTENSIONS_GALLERY: '{}' } });
    if (install.code !== 0) throw new Error(`VS Code did not install the extension. It said:\n${install.output}`);
    process.env[INSTALLED] = installed;
    return remove;
  } catch (error) {
    remove();
    throw error;
  }
}

/** Puts the installed extension where an editor looks for its own, and returns its folder. */
export function copyExtensionInto(extensionsFolder: string): string {
  const installed = process.env[INSTALLED];
  // The list beside it holds absolute paths; without one the editor looks at the folders themselves.
  const name = installed && readdirSync(installed).find((entry) => !entry.endsWith('.json'));
  if (!installed || !name) throw new Error('No extension is installed: call installPackagedExtension() first.');
  cpSync(join(installed, name), join(extensionsFolder, name), { recursive: true });
  return join(extensionsFolder, name);
}
