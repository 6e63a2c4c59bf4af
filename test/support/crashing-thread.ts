/** A thread that says it has loaded its model, and ends as soon as it is asked to run it. */
import { parentPort } from 'node:worker_threads';

parentPort!.on('message', () => process.exit(7));
parentPort!.postMessage({ kind: 'loaded' });
