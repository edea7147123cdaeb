import type { Disposable } from '../../base/disposable.ts';
import { Emitter } from '../../base/emitter.ts';
import { newId } from '../../node/ids.ts';
import { RunTail } from '../../node/runTail.ts';
import { remoteSession, type OpenElsewhere } from '../../node/sessionElsewhere.ts';
import type { Command } from '../../protocol/messages.ts';
import type { TalkDoor } from './chatDoor.ts';

/** A session of another process, for a terminal that talks with it. */
export async function remoteDoor(session: OpenElsewhere, place: TalkDoor['place']): Promise<TalkDoor & Disposable> {
  const { sessionId, dir, pid } = session;
  const past = await new RunTail(dir).read();
  const remote = remoteSession(session);
  const problems = new Emitter<string>();
  const dispatch = (command: Command): void =>
    void remote.send(command).then((problem) => {
      if (problem !== null) problems.emit(problem);
    });
  return {
    sessionId,
    place,
    past,
    say: (text) => dispatch({ type: 'session.say', runId: sessionId, commandId: newId(), text }),
    elsewhere: { pid, over: remote.over, onProblem: (listener) => problems.on(listener) },
    engine: {
      dispatch,
      listen: (_sessionId, on) => remote.listen(on),
      subscribe: (_sessionId, from, on) => {
        remote.subscribe(from, on);
        return remote;
      },
    },
    dispose: () => remote.dispose(),
  };
}
