/**
 * A model in a thread of its own, seen from the thread that uses it.
 *
 * @module
 */
import './telemetry.ts';
import { Worker } from 'node:worker_threads';
import { UniCellError } from '../../shared/errors.ts';
import type { NativeModel } from './native-engine.ts';
import type {
  FromThread,
  ThreadFailure,
  ThreadResult,
  ThreadRun,
  ToThread,
} from './thread-messages.ts';

const PROGRAM = new URL('./model-thread-main.ts', import.meta.url);

/** A loaded model that runs what it is given, in order. */
export interface ModelThread {
  /** @throws {UniCellError} `ENGINE_FAILED` when the run or the thread fails; as `Engine.run`. */
  run(run: ThreadRun): Promise<ThreadResult>;
  /** Frees the sessions and ends the thread. */
  close(): Promise<void>;
  /** Resolves when the thread has ended without being told to, with the reason. */
  readonly crashed: Promise<UniCellError>;
}

/**
 * Starts a thread and loads a model into it.
 *
 * @param program What the thread runs; another one only in tests.
 * @throws {UniCellError} `CARD_MISMATCH`; `ENGINE_FAILED` with what ONNX Runtime says, for instance of a
 *   provider that cannot be loaded.
 */
export async function startModelThread(
  model: NativeModel,
  program: URL = PROGRAM,
): Promise<ModelThread> {
  const worker = new Worker(program, { workerData: model, name: 'unicell-model' });
  const thread = new RunningThread(worker);
  try {
    await thread.loaded;
  } catch (error) {
    await worker.terminate();
    throw error;
  }
  return thread;
}

interface Waiting {
  resolve(result: ThreadResult): void;
  reject(error: UniCellError): void;
}

class RunningThread implements ModelThread {
  readonly loaded: Promise<void>;
  readonly crashed: Promise<UniCellError>;
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  readonly #ended: Promise<void>;
  #lastId = 0;
  #isClosing = false;
  #end: UniCellError | undefined;

  constructor(worker: Worker) {
    this.#worker = worker;
    const loaded = Promise.withResolvers<void>();
    const crashed = Promise.withResolvers<UniCellError>();
    const ended = Promise.withResolvers<void>();
    this.loaded = loaded.promise;
    this.crashed = crashed.promise;
    this.#ended = ended.promise;
    let cause: unknown;
    worker.on('error', (error) => {
      cause = error;
    });
    worker.on('exit', (code) => {
      const end = endOf(code, cause);
      this.#end = end;
      // First, so that nobody who sees a run fail hands over another.
      if (!this.#isClosing) crashed.resolve(end);
      for (const { reject } of this.#waiting.values()) reject(end);
      this.#waiting.clear();
      loaded.reject(end);
      ended.resolve();
    });
    worker.on('message', (message: FromThread) => {
      if (message.kind === 'loaded') loaded.resolve();
      else if (message.kind === 'not-loaded') loaded.reject(errorOf(message.failure));
      else this.#settle(message);
    });
  }

  run(run: ThreadRun): Promise<ThreadResult> {
    if (this.#end) return Promise.reject(this.#end);
    const { promise, ...waiting } = Promise.withResolvers<ThreadResult>();
    const id = ++this.#lastId;
    this.#waiting.set(id, waiting);
    this.#say({ kind: 'run', id, run });
    return promise;
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    this.#say({ kind: 'close' });
    await this.#ended;
  }

  #settle(message: Extract<FromThread, { id: number }>): void {
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if (message.kind === 'done') waiting?.resolve(message.result);
    else waiting?.reject(errorOf(message.failure));
  }

  #say(message: ToThread): void {
    this.#worker.postMessage(message);
  }
}

function errorOf({ code, message }: ThreadFailure): UniCellError {
  return code
    ? new UniCellError(code, message)
    : new UniCellError('ENGINE_FAILED', `ONNX Runtime could not run the model: ${message}`);
}

function endOf(code: number, cause: unknown): UniCellError {
  const why = cause instanceof Error ? cause.message : `exit code ${code}`;
  return new UniCellError(
    'ENGINE_FAILED',
    `The thread of the model ended (${why}) before it had answered. Send the request again; if this happens again, look at the memory of the machine.`,
    { cause },
  );
}
