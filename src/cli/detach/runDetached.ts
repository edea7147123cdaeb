import type { Target } from '../agreeToStart.ts';
import { agreeToStart } from '../agreeToStart.ts';
import { EXIT } from '../commandError.ts';
import type { Io } from '../io.ts';
import type { RunFlags } from '../runFlags.ts';
import { askServing } from './askServing.ts';
import { tellStarted } from './tellStarted.ts';
import { termsOf } from './termsOf.ts';

/** `dwf run --detach`: the serving process starts it; this one asks where somebody is there, says its id, and is done. */
export async function runDetached(io: Io, flags: RunFlags, target: Target): Promise<number> {
  const { simulated } = await askServing(io, { type: 'serve.status' });
  const agreed = await agreeToStart(io, flags, { ...target, simulated });
  if (agreed === null) return EXIT.refused;
  const { scriptPath } = target;
  const launch = { scriptPath, cwd: flags.cwd, ...flags.settings, ...agreed.limit };
  const started = await askServing(io, { type: 'serve.launch', launch, terms: termsOf(flags) });
  return tellStarted(io, started, flags.show);
}
