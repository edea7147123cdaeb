import type { Io } from '../io.ts';
import { remoteDoor, type OpenElsewhere } from './remoteDoor.ts';
import { talk } from './talk.ts';

/** Talks with a session that another process has, and leaves it there. */
export async function attach(io: Io, session: OpenElsewhere): Promise<number> {
  const door = await remoteDoor(session);
  try {
    return (await talk(io, door)).code;
  } finally {
    door.dispose();
  }
}
