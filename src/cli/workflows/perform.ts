import { sendControl } from '../../node/controlClient.ts';
import { journalWords } from '../../projection/resumeWords.ts';
import type { TalkDoor } from '../chat/chatDoor.ts';
import type { SeenRun } from './seenRun.ts';
import type { Act, ViewState } from './viewState.ts';

/** What the person is told or asked once it is done. */
export type Outcome = Partial<Pick<ViewState, 'note' | 'asking'>>;

/** Does it, in whichever process has the run. `run`: the one that it is about. */
export async function perform(act: Act, run: SeenRun | undefined, door: TalkDoor): Promise<Outcome> {
  switch (act.type) {
    case 'leave':
      return {};
    case 'tell': {
      if (!run) return {};
      const outcome = await sendControl(run.summary, act.body);
      return { note: outcome.kind === 'accepted' ? act.said : outcome.message };
    }
    case 'preview': {
      const { runId } = act;
      const resume = { type: 'resume', runId } as const;
      if (!door.previewResume) return { asking: { question: 'Resume? y/n', act: resume } };
      const preview = await door.previewResume(runId);
      if (preview.kind === 'refused') return { note: preview.error };
      return { asking: { question: `${journalWords(preview)} Resume? y/n`, act: resume } };
    }
    case 'resume':
      // As the person would: its end is a turn of the session then.
      door.say(`/resume ${act.runId}`);
      return {};
  }
}
