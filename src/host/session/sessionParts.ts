import * as vscode from 'vscode';
import { DisposableStore, type Disposable } from '../../base/disposable.ts';
import type { Launching } from '../launching.ts';
import type { Handler } from '../runArgument.ts';
import { launchAnswer } from './launchAnswer.ts';
import type { SessionKit } from './sessionKit.ts';
import { SessionMemory } from './sessionMemory.ts';

const VIEW = 'dynamicWorkflows.session';
const PARTICIPANT = 'dynamicWorkflows.workflow';

interface SessionParts {
  readonly handlers: Readonly<Record<string, Handler>>;
  readonly owned: readonly Disposable[];
  /** Runs of this window go on again: the session that had started one of them is to hear how it ends. */
  readonly tookUp: (runIds: readonly string[]) => Promise<void>;
}

/** What the window has of its session: view, commands, chat. All of it is loaded with the first use of any of them. */
export function sessionParts(deps: Launching, memory: vscode.Memento): SessionParts {
  const owned = new DisposableStore();
  let made: Promise<SessionKit> | null = null;
  const kit = (): Promise<SessionKit> =>
    (made ??= import('./sessionKit.ts').then(({ SessionKit: Kit }) => owned.add(new Kit(deps, memory))));
  owned.add(
    vscode.window.registerWebviewViewProvider(VIEW, {
      resolveWebviewView: async (view) => (await kit()).attach(view),
    }),
  );
  // Editors that are built without a chat have no such function, whatever the types say.
  const { chat } = vscode as Partial<typeof vscode>;
  if (chat && 'createChatParticipant' in chat) {
    const participant = owned.add(
      chat.createChatParticipant(PARTICIPANT, async (request, _context, response, token) =>
        (await kit()).chat(request, response, token),
      ),
    );
    participant.iconPath = deps.places.graphIcon;
  }
  return {
    owned: [owned],
    tookUp: async (runIds) => {
      if (runIds.length > 0 && new SessionMemory(memory).get() !== null) await (await kit()).tookUp(runIds);
    },
    handlers: {
      showSession: async () => show(),
      newSession: async () => {
        await (await kit()).begin();
        await show();
      },
      answerLaunch: async (argument) => {
        const answer = launchAnswer(argument);
        if (answer) await (await kit()).answerLaunch(answer);
      },
      openSession: async () => {
        if (await (await kit()).choose()) await show();
      },
      deleteSessions: async () => (await kit()).remove(),
    },
  };
}

async function show(): Promise<void> {
  await vscode.commands.executeCommand(`${VIEW}.focus`);
}
