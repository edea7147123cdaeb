import { listRuns } from '../../node/runReader.ts';
import type { TalkDoor } from '../chat/chatDoor.ts';
import type { Io } from '../io.ts';
import { runsTable } from '../view/runsTable.ts';
import { RunsView, type RunsViewOptions } from './runsView.ts';

/** A view that is open. */
export type Showing = Pick<RunsView, 'note' | 'close'>;

/** `/workflows`: live in a terminal until the person leaves it, told by `onOpen`; elsewhere the list, once. */
export async function showWorkflows(
  io: Io,
  options: RunsViewOptions,
  onOpen: (showing: Showing) => void,
): Promise<void> {
  if (!io.canAsk || io.env['TERM'] === 'dumb') {
    io.stdout.write(await runsOnce(io, options.door));
    return;
  }
  const view = new RunsView(io, options);
  onOpen(view);
  await view.show();
}

/** The runs of the folder, a line each. */
export async function runsOnce(io: Io, { place }: Pick<TalkDoor, 'place'>): Promise<string> {
  const runs = await listRuns(place.home, place.cwd);
  if (runs.length === 0) return 'No runs here yet.\n';
  return runsTable(runs, io.stdout.isTerminal ? io.stdout.size().columns : Infinity);
}
