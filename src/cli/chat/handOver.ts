import { sendControl } from '../../node/controlClient.ts';
import type { ChatFlags } from '../chatFlags.ts';
import { CommandError } from '../commandError.ts';
import { askServing } from '../detach/askServing.ts';
import { termsOf } from '../detach/termsOf.ts';
import type { Io } from '../io.ts';

export interface LeftSession {
  readonly sessionId: string;
  readonly runIds: readonly string[];
}

/** Gives a session that was open here to the serving process, and has it go on with the runs that were under way. */
export async function handOver(io: Io, flags: ChatFlags, { sessionId, runIds }: LeftSession): Promise<void> {
  const session = { cwd: flags.cwd, sessionId };
  const { dir } = await askServing(io, { type: 'serve.open', session, terms: termsOf(flags) });
  for (const runId of runIds) {
    const said = await sendControl({ runId: sessionId, dir }, { type: 'session.say', text: `/resume ${runId}` });
    if (said.kind !== 'accepted') throw new CommandError(`${said.message} Go on with it: dwf resume ${runId} --detach`);
  }
  io.stdout.write('The serving process has it from here on.\n');
}
