/**
 * The program of the thread that runs the model: one run after the other, in the order they come.
 *
 * @module
 */
import { parentPort, workerData } from 'node:worker_threads';
import type { Engine } from '../../shared/engine/engine.ts';
import { UniCellError } from '../../shared/errors.ts';
import { type NativeModel, openSessions } from './native-engine.ts';
import type {
  FromThread,
  ThreadFailure,
  ThreadResult,
  ThreadRun,
  ToThread,
} from './thread-messages.ts';

const port = parentPort!;
const say = (message: FromThread, transfer: ArrayBuffer[] = []) =>
  port.postMessage(message, transfer);

const engine = await openSessions(workerData as NativeModel).catch((error: unknown) => {
  say({ kind: 'not-loaded', failure: failureOf(error) });
});
if (engine) serve(engine);

function serve(engine: Engine): void {
  // A run pauses between its graphs; the next must not begin then.
  let last: Promise<void> = Promise.resolve();
  port.on('message', (message: ToThread) => {
    last = last.then(() => answer(engine, message));
  });
  say({ kind: 'loaded' });
}

async function answer(engine: Engine, message: ToThread): Promise<void> {
  if (message.kind === 'close') {
    await engine.close();
    port.close();
    return;
  }
  const { id, run } = message;
  try {
    const result = await timed(engine, run);
    say({ kind: 'done', id, result }, buffersOf(result));
  } catch (error) {
    say({ kind: 'failed', id, failure: failureOf(error) });
  }
}

async function timed(
  engine: Engine,
  { windows, batch, datasets, size }: ThreadRun,
): Promise<ThreadResult> {
  const startedMs = performance.now();
  const outputs = await engine.run(windows, batch, datasets, size);
  return { outputs, seconds: (performance.now() - startedMs) / 1000 };
}

function buffersOf({ outputs }: ThreadResult): ArrayBuffer[] {
  return outputs.flatMap(({ logits, points }) => [logits.buffer, points.buffer] as ArrayBuffer[]);
}

function failureOf(error: unknown): ThreadFailure {
  return {
    code: error instanceof UniCellError ? error.code : undefined,
    message: error instanceof Error ? error.message : String(error),
  };
}
