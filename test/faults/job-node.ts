/**
 * A node in a process of its own, for tests that kill it: `node job-node.ts '{"dataFolder": ...}'`. Says
 * `ready` when it works, and drains at SIGTERM.
 *
 * @module
 */
import type { EngineHost } from '../../src-gpu/engine/engine-host.ts';
import { openEngineHost } from '../../src-gpu/engine/open-engine-host.ts';
import { openJobs } from '../../src-gpu/service/open-jobs.ts';

export interface JobNodeOptions {
  readonly dataFolder: string;
  readonly redisUrl?: string;
  readonly model: string;
  readonly slideFolder: string;
  readonly works: boolean;
  /** Ends the process with SIGKILL, at once. */
  readonly dies?: Death;
}

/** Where a process dies: within a run of the model, or with a stage done and nothing of it told. */
export interface Death {
  readonly at: 'run' | 'plan' | 'chunk' | 'merge' | 'export';
  /** For the how manieth time, from 1. */
  readonly count: number;
}

/** Small chunks and short leases, so that a test of minutes sees many of both. */
export async function openTestNode(options: JobNodeOptions) {
  const { dataFolder, redisUrl, model, slideFolder, works } = options;
  const host = dying(await openEngineHost({ model, ep: 'cpu', threads: 1 }), options.dies);
  const jobs = await openJobs({
    host,
    precision: 'fp32',
    dataFolder,
    redisUrl,
    node: `node-${process.pid}`,
    works,
    tasksAtOnce: 2,
    chunkPx: 192,
    leaseMs: 1500,
    slideFolders: [slideFolder],
    maxDownloadBytes: 2 ** 30,
    maxOpenJobs: 100,
    retentionDays: 30,
    trusted: { slides: [], pacs: [], webhooks: [] },
    stage: async (stage, task) => {
      const result = await task();
      if (stage === options.dies?.at) countDown(options.dies);
      return result;
    },
    onError: () => {},
  });
  const close = async () => {
    await jobs.close();
    await host.close();
  };
  return { ...jobs, close };
}

let times = 0;
function countDown({ count }: Death): void {
  if (++times === count) process.kill(process.pid, 'SIGKILL');
}

/** The host, whose engine dies in the middle of a batch. */
function dying(host: EngineHost, dies: Death | undefined): EngineHost {
  if (dies?.at !== 'run') return host;
  const engine = host.engine('job');
  const run: typeof engine.run = (...asked) => {
    const running = engine.run(...asked);
    countDown(dies);
    return running;
  };
  return Object.assign(Object.create(host), { engine: () => ({ ...engine, run }) });
}

if (import.meta.main) {
  const node = await openTestNode(JSON.parse(process.argv[2]!));
  process.once('SIGTERM', () => node.close().then(() => process.exit(0)));
  console.log('ready');
}
