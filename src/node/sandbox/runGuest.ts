import type { MessagePort } from 'node:worker_threads';
import { Killed } from './openGuest.ts';
import type { Guest } from './openGuest.ts';
import type { FromWorker, TimerRequest, ToWorker, WorkerJob } from './messages.ts';

const IDLE =
  'The script waits for a promise that nothing will ever settle: it has no agent and no timer left to wake it.';

/** Runs a script to its end: a turn for each batch of answers and for each timer, and what it said after each. */
export function runGuest(guest: Guest, job: WorkerJob & { kind: 'run' }, port: MessagePort): void {
  const timers = new Map<number, NodeJS.Timeout>();
  const send = (message: FromWorker): void => port.postMessage(message);
  let over = false;

  const kill = (error: unknown): void => {
    if (!(error instanceof Killed)) throw error;
    over = true;
    const words = guest.lastWords();
    if (words !== null) send({ kind: 'turn', json: words.split('\n')[1] ?? '[]' });
    send({ kind: 'killed', message: error.message });
  };

  const turn = (work: () => void): void => {
    if (over) return;
    let said = '';
    try {
      guest.turn(work);
      guest.turn(() => (said = guest.drain()));
    } catch (error) {
      kill(error);
      return;
    }
    const [forWorker = '[]', forHost = '[]', state] = said.split('\n');
    const requests = JSON.parse(forWorker) as readonly TimerRequest[];
    const asked = job.timers === 'own' ? keepOwn(requests) : requests;
    if (asked.length > 0) send({ kind: 'timers', requests: asked });
    if (forHost !== '[]') send({ kind: 'turn', json: forHost });
    over = state === 'ended';
    if (state === 'idle') kill(new Killed(IDLE));
  };

  /** Sets and clears the script's own; gives those that are the host's. */
  const keepOwn = (requests: readonly TimerRequest[]): readonly TimerRequest[] =>
    requests.filter((request) => {
      const { id, kind } = request;
      if (kind === 'deadline') return true;
      if (kind === 'timer') {
        const fire = (): void => turn(() => void guest.call('fire', String(id)));
        timers.set(id, setTimeout(fire, request.ms));
        return false;
      }
      clearTimeout(timers.get(id));
      return !timers.delete(id);
    });

  port.on('message', (batch: readonly ToWorker[]) => {
    const work = batch.filter((message) => message.kind !== 'rest');
    if (work.length > 0)
      turn(() => {
        for (const message of work) deliver(guest, message);
      });
    for (let asked = batch.length - work.length; asked > 0; asked -= 1) send({ kind: 'rests' });
  });
  turn(() => begin(guest, job));
}

/** A script that the sandbox's compiler refuses ends as one that threw: the host asked `compile` before. */
function begin(guest: Guest, job: WorkerJob & { kind: 'run' }): void {
  const loaded = guest.load(job.body, job.fileName);
  if (!loaded.ok) guest.call('refuse', JSON.stringify(loaded.error));
  else guest.call('start', loaded.script, job.args, totalText(job.budgetTotal));
}

function deliver(guest: Guest, message: Exclude<ToWorker, { kind: 'rest' }>): void {
  if (message.kind === 'settle') {
    guest.call('settle', message.json);
    return;
  }
  if (message.kind === 'fire') {
    guest.call('fire', String(message.timer));
    return;
  }
  const { id, spent, total } = message;
  const loaded = guest.load(message.body, message.fileName);
  if (loaded.ok)
    guest.call('enter', String(id), loaded.script, message.scope, message.args, String(spent), totalText(total));
  else guest.call('settle', JSON.stringify([{ id, ok: false, error: loaded.error, spent, total }]));
}

/** Empty: there is no cap. */
function totalText(total: number | null): string {
  return total === null ? '' : String(total);
}
