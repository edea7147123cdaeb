import { readManifest } from '../../node/runFiles.ts';
import { listRuns, summaryOf, type RunSummary } from '../../node/runReader.ts';
import { RunTail } from '../../node/runTail.ts';
import { fold } from '../../projection/reduce.ts';
import { initialState, type RunState } from '../../projection/state.ts';
import type { SeenRun } from './seenRun.ts';

export interface WatchedPlace {
  /** `~/.dynamic-workflows`, or DYNAMIC_WORKFLOWS_HOME. */
  readonly home: string;
  readonly cwd: string;
  /** Folders of the runs that the session has started, by id. */
  readonly ofSession: () => ReadonlyMap<string, string>;
}

/** Where there are more, the oldest are left out. */
const MOST_RUNS = 200;
const LIST_MS = 1_000;

/** The runs of a session and its folder, whichever process has them, as their files tell them. One call at a time. */
export class WatchedRuns {
  readonly #place: WatchedPlace;
  readonly #followed = new Map<string, Followed>();
  #summaries: readonly RunSummary[] = [];
  #listedAt = -Infinity;

  constructor(place: WatchedPlace) {
    this.#place = place;
  }

  /** As they stand now; `openId` is read to its last event, and so is each that runs. */
  async look(openId: string | null, now = Date.now()): Promise<readonly SeenRun[]> {
    const ofSession = this.#place.ofSession();
    const known = new Set(this.#summaries.map(({ runId }) => runId));
    if (now - this.#listedAt >= LIST_MS || [...ofSession.keys()].some((runId) => !known.has(runId))) {
      this.#summaries = await this.#list(ofSession, now);
      this.#listedAt = now;
    }
    const seen = await Promise.all(
      this.#summaries.map(async (summary): Promise<SeenRun> => {
        const { runId, pid } = summary;
        const wanted = runId === openId || summary.status === 'running' || this.#followed.has(runId);
        const followed = wanted ? await this.#follow(summary) : NOT_FOLLOWED;
        return { summary, ofSession: ofSession.has(runId), own: pid === process.pid, ...followed.seen };
      }),
    );
    return seen.sort((a, b) => Number(b.ofSession) - Number(a.ofSession));
  }

  async #list(ofSession: ReadonlyMap<string, string>, now: number): Promise<readonly RunSummary[]> {
    const here = (await listRuns(this.#place.home, this.#place.cwd)).slice(0, MOST_RUNS);
    const known = new Set(here.map(({ runId }) => runId));
    // A session may have resumed one of another folder.
    const others = [...ofSession].filter(([runId]) => !known.has(runId)).map(([, dir]) => summaryOf(dir, now));
    const elsewhere = (await Promise.all(others)).filter((summary) => summary !== null);
    return [...here, ...elsewhere].sort((a, b) => b.createdAt - a.createdAt);
  }

  async #follow(summary: RunSummary): Promise<Followed> {
    const known = this.#followed.get(summary.runId) ?? new Followed(summary);
    this.#followed.set(summary.runId, known);
    await known.read();
    return known;
  }
}

type Told = Pick<SeenRun, 'state' | 'problem' | 'simulated'>;

const NOT_FOLLOWED: { readonly seen: Told } = { seen: { state: null, problem: null, simulated: false } };

class Followed {
  readonly #summary: RunSummary;
  readonly #tail: RunTail;
  #state: RunState;
  #problem: string | null = null;
  #simulated: boolean | null = null;

  constructor(summary: RunSummary) {
    this.#summary = summary;
    this.#tail = new RunTail(summary.dir);
    this.#state = initialState(summary.runId);
  }

  get seen(): Told {
    return {
      state: this.#problem === null ? this.#state : null,
      problem: this.#problem,
      simulated: this.#simulated === true,
    };
  }

  async read(): Promise<void> {
    if (this.#problem !== null) return;
    try {
      if (this.#simulated === null) {
        const read = await readManifest(this.#summary.dir);
        this.#simulated = read.kind === 'read' && read.manifest.modelSource.kind === 'simulated';
      }
      this.#state = fold(this.#state, await this.#tail.read());
    } catch (error) {
      this.#problem = error instanceof Error ? error.message : String(error);
    }
  }
}
