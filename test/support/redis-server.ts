/**
 * A real Redis on a free loopback port, with its data on disk, that can be stopped and started again.
 *
 * @module
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from './free-port.ts';

/** Whether `redis-server` can be run here; says loudly when not. */
export function hasRedis(): boolean {
  const isThere = spawnSync('redis-server', ['--version']).status === 0;
  if (!isThere) console.warn('SKIPPED tests with Redis: redis-server is not installed.');
  return isThere;
}

export class RedisServer {
  readonly url: string;
  readonly #port: number;
  readonly #folder: string;
  #process: ChildProcess | undefined;

  private constructor(port: number, folder: string) {
    this.url = `redis://127.0.0.1:${port}/0`;
    this.#port = port;
    this.#folder = folder;
  }

  /** @param folder Where it keeps its data. */
  static async start(folder: string): Promise<RedisServer> {
    const server = new RedisServer(await freePort(), folder);
    await server.start();
    return server;
  }

  async start(): Promise<void> {
    this.#process = spawn(
      'redis-server',
      [
        ...['--port', String(this.#port), '--bind', '127.0.0.1', '--dir', this.#folder],
        ...['--appendonly', 'yes', '--save', ''],
      ],
      { stdio: 'ignore' },
    );
    for (let tries = 0; tries < 200; tries++) {
      const ping = spawnSync('redis-cli', ['-p', String(this.#port), 'ping'], { encoding: 'utf8' });
      if (ping.stdout.includes('PONG')) return;
      await sleep(50);
    }
    throw new Error('redis-server did not start');
  }

  /** Lets it stand still, with its connections open, or go on. */
  hang(isHanging: boolean): void {
    this.#process?.kill(isHanging ? 'SIGSTOP' : 'SIGCONT');
  }

  /** @param words `CONFIG SET maxmemory 1`, for instance. */
  command(...words: string[]): void {
    spawnSync('redis-cli', ['-p', String(this.#port), ...words]);
  }

  /** Ends it as a crash does, unless another signal is named. */
  async stop(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    if (!this.#process || this.#process.exitCode !== null) return;
    const ended = once(this.#process, 'exit');
    this.#process.kill(signal);
    await ended;
    this.#process = undefined;
  }
}
