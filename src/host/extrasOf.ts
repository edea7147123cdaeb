import { homedir } from 'node:os';
import { settings } from './settings.ts';

/** What a run in that folder starts besides its agents, a line each. */
export async function extrasOf(cwd: string): Promise<readonly string[]> {
  const { launchExtras } = await import('../node/launchExtras.ts');
  const { mcpServers, commits } = settings();
  return launchExtras({ cwd, person: homedir(), environment: process.env, mcpServers, commits });
}
