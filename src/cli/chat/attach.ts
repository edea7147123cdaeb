import type { Io } from '../io.ts';
import { homeOf } from '../places.ts';
import type { OpenElsewhere } from '../../node/sessionElsewhere.ts';
import { remoteDoor } from './remoteDoor.ts';
import { talk } from './talk.ts';

/** Talks with a session that another process has, and leaves it there. */
export async function attach(io: Io, session: OpenElsewhere, cwd: string): Promise<number> {
  const door = await remoteDoor(session, { home: homeOf(io), cwd });
  try {
    return (await talk(io, door)).code;
  } finally {
    door.dispose();
  }
}
