/**
 * A node that works on jobs without a model and kills its process when it comes to chunk 1 of a job with
 * the name `deadly`: `node deadly-node.ts STORE BLOBS`.
 *
 * @module
 */
import { openFsBlobStore } from '../../src-gpu/blobs/fs-blob-store.ts';
import { WorkerLoop } from '../../src-gpu/jobs/node/worker-loop.ts';
import { openSqliteStore } from '../../src-gpu/jobs/store/sqlite-store.ts';
import { SimpleRunner } from '../support/simple-runner.ts';

const [store, blobFolder] = process.argv.slice(2);
const blobs = await openFsBlobStore(blobFolder!);
const runner = new SimpleRunner({ blobs, chunks: 6, chunkMs: 150 });
const run = runner.run.bind(runner);
runner.run = (task, record, signal) => {
  if (record.job.name === 'deadly' && task.chunk === 1) process.kill(process.pid, 'SIGKILL');
  return run(task, record, signal);
};
new WorkerLoop({
  store: openSqliteStore(store!),
  runner,
  node: `node-${process.pid}`,
  leaseMs: 1000,
  erase: async () => {},
  onError: () => {},
}).start();
