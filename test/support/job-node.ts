/** A node that runs jobs in this process, with small chunks. */
import { join } from 'node:path';
import { type Jobs, openJobs } from '../../src-gpu/service/open-jobs.ts';

type Options = Parameters<typeof openJobs>[0];

/** @param changes At least the model, and who the node is. */
export function openTestJobs(
  root: string,
  changes: Pick<Options, 'host'> & Partial<Options>,
): Promise<Jobs> {
  const node = changes.node ?? 'one';
  return openJobs({
    precision: 'fp32',
    dataFolder: join(root, 'data'),
    node,
    works: true,
    tasksAtOnce: 2,
    chunkPx: 192,
    leaseMs: 60_000,
    slideFolders: [],
    maxDownloadBytes: 2 ** 22,
    maxOpenJobs: 10,
    retentionDays: 30,
    trusted: { slides: [], pacs: [], webhooks: [] },
    onError: () => {},
    ...changes,
  });
}
