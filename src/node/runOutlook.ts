import type { Census } from '../protocol/run.ts';
import type { RunOutlook, RunStanding } from '../workflow/session/outlook.ts';
import { launchExtras, type LaunchExtrasPlaces } from './launchExtras.ts';
import type { RehearseOptions } from './rehearsal/rehearse.ts';
import { readStanding } from './runReader.ts';

export interface RunOutlookOptions extends RehearseOptions, Omit<LaunchExtrasPlaces, 'cwd' | 'mcpServers'> {
  readonly person: string;
  /** As they stand just now. */
  readonly mcpServers: () => unknown;
  /** Milliseconds that a forecast may take. */
  readonly patienceMs?: number;
}

/** What a session's runs are going to be, by rehearsal and by what is configured in the folder; and how they stand, by their files. */
export function createRunOutlook({ mcpServers, patienceMs, ...places }: RunOutlookOptions): RunOutlook {
  return {
    choices: () => ({}),
    forecast: async (request) => {
      // A script is played in threads of its own, which most sessions never need.
      const { forecastRun } = await import('./rehearsal/forecastRun.ts');
      return forecastRun(places, request, patienceMs);
    },
    extras: (cwd) => launchExtras({ ...places, cwd, mcpServers: mcpServers() }),
    standing: runStanding,
  };
}

/** By the run's files, whoever writes them. Never rejects: what cannot be read is not there. */
export async function runStanding(runDir: string): Promise<RunStanding> {
  const read = await readStanding(runDir).catch(() => null);
  if (read === null) return { kind: 'gone' };
  const { end, census, summary, spent } = read;
  const { usage } = summary;
  if (end === null || usage === null) return { kind: summary.status === 'running' ? 'going' : 'cut-short' };
  if (end.status === 'stopped' && end.reason === 'closed') return { kind: 'cut-short' };
  return { kind: 'over', finished: { end, usage, census: census ?? NO_CENSUS }, spent: spent ?? usage };
}

/** Of runs that are older than their census. */
const NO_CENSUS: Census = { agents: { done: 0, fromJournal: 0, null: {}, threw: 0, abandoned: 0 } };
