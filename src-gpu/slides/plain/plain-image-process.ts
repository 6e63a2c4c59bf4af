/**
 * A decoding process as a `ThreadPool` wants it.
 *
 * @module
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { ThreadAnswer } from '../../threads/serve-tasks.ts';
import type { PoolWorker } from '../../threads/thread-pool.ts';
import type { DecodedPlainImage } from './decode-plain-image.ts';
import type { PlainImageHead } from './plain-image-head.ts';

const script = fileURLToPath(new URL('./decode-process.ts', import.meta.url));

export class PlainImageProcess extends EventEmitter implements PoolWorker {
  readonly #child: ChildProcess;
  readonly #pixels: Socket;

  constructor() {
    super();
    this.#child = spawn(process.execPath, [script], {
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
      serialization: 'advanced',
    });
    this.#pixels = this.#child.stdout as Socket;
    this.#pixels.pause();
    this.#pixels.on('error', (error) => this.emit('error', error));
    this.#child.on('error', (error) => this.emit('error', error));
    this.#child.on('exit', (code, signal) => this.emit('exit', code ?? signal));
    this.#child.on('message', (answer) => this.#take(answer as ThreadAnswer<PlainImageHead>));
  }

  postMessage(task: unknown): void {
    this.#child.send(task as object, (error) => {
      if (error) this.emit('error', error);
    });
  }

  ref(): void {
    this.#child.ref();
    this.#child.channel?.ref();
    this.#pixels.ref();
  }

  unref(): void {
    this.#child.unref();
    this.#child.channel?.unref();
    this.#pixels.unref();
  }

  terminate(): void {
    this.#child.kill('SIGKILL');
    this.#pixels.destroy();
  }

  #take(answer: ThreadAnswer<PlainImageHead>): void {
    if ('failure' in answer) this.emit('message', answer);
    else this.#receive(answer.result);
  }

  #receive({ width, height, bytes, warnings }: PlainImageHead): void {
    const data = new Uint8Array(bytes);
    let length = 0;
    const onData = (part: Buffer) => {
      data.set(part, length);
      length += part.length;
      if (length < bytes) return;
      this.#pixels.off('data', onData).pause();
      const result: DecodedPlainImage = { raster: { width, height, data }, warnings };
      this.emit('message', { result });
    };
    this.#pixels.on('data', onData).resume();
  }
}
