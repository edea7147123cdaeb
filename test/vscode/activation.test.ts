import { expect, test } from 'vitest';
import { withWorkbench } from '../support/vscodeHost/withWorkbench.ts';
import manifest from '../../package.json' with { type: 'json' };

test('the extension activates in VS Code and its command is found in the palette', async () => {
  await withWorkbench({ name: 'activation' }, async (workbench) => {
    await workbench.runCommand('Workflows: About Dynamic Workflows');
    const toast = await workbench.toast(`${manifest.displayName} ${manifest.version}`);
    expect(await toast.isVisible()).toBe(true);
  });
});
