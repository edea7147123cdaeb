import { parentPort, workerData } from 'node:worker_threads';
import type { ForecastJob } from './forecastRun.ts';
import { rehearse } from './rehearse.ts';

// The thread in which one script is played before it runs. It may be ended at any moment; nothing outlives it.

const { options, request, until } = workerData as ForecastJob;
const signal = AbortSignal.timeout(Math.max(0, until - Date.now()));
const result = await rehearse(options, request, signal, 'brief');
parentPort?.postMessage(result.kind === 'rehearsed' ? result.rehearsal : null);
