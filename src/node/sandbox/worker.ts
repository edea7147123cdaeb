import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { openGuest } from './openGuest.ts';
import { runGuest } from './runGuest.ts';
import type { FromWorker, WorkerJob, WorkerStart } from './messages.ts';

// The thread of one script. It holds a QuickJS of its own and speaks to the host by the messages of messages.ts.

if (!parentPort) throw new Error('This file is a worker thread, start it with new Worker().');
const port: MessagePort = parentPort;
const start = workerData as WorkerStart;
const send = (message: FromWorker): void => port.postMessage(message);

// The guest's local time must be UTC (W06). QuickJS asks this realm for the offset and for nothing else of the zone;
// the variable TZ cannot be set in a thread.
Date.prototype.getTimezoneOffset = () => 0;

const guest = await openGuest(start, (said) => send({ kind: 'turn', json: `[${said}]` }));
port.once('message', take);

function take(job: WorkerJob): void {
  if (job.kind === 'run') {
    runGuest(guest, job, port);
    return;
  }
  send({ kind: 'compiled', error: guest.compile(job.body, job.fileName) });
  port.once('message', take);
}
