/**
 * A node in a process of its own, for tests that kill it: `node job-node.ts '{"dataFolder": ...}'`. Says
 * `ready` when it works, and drains at SIGTERM.
 *
 * @module
 */
import { openEngineHost } from '../../src-gpu/engine/open-engine-host.ts';
import { openJobs } from '../../src-gpu/service/open-jobs.ts';

export interface JobNodeOptions {
  readonly dataFolder: string;
  readonly redisUrl?: string;
  readonly model: string;
  readonly slideFolder: string;
  readonly works: boolean;
}

/** Small chunks and short leases, so that a test of minutes sees many of both. */
export async function openTestNode(options: JobNodeOptions) {
  const { dataFolder, redisUrl, model, slideFolder, works } = options;
  const host = await openEngineHost({ model, ep: 'cpu', threads: 1 });
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
    onError: () => {},
  });
  const close = async () => {
    await jobs.close();
    await host.close();
  };
  return { ...jobs, close };
}

if (import.meta.main) {
  const node = await openTestNode(JSON.parse(process.argv[2]!));
  process.once('SIGTERM', () => node.close().then(() => process.exit(0)));
  console.log('ready');
}
