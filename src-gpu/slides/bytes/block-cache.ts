/**
 * Keeps what was read or decoded lately, up to a number of bytes. Whoever asks for a block that is being
 * made waits for it; a failure is told to those who wait and not kept.
 *
 * @module
 */
import { SharedLoad } from '../../../shared/shared-load.ts';

export class BlockCache<T> {
  readonly #limitBytes: number;
  readonly #bytesOf: (value: T) => number;
  /** Least recently used first. */
  readonly #kept = new Map<string, T>();
  readonly #pending = new Map<string, SharedLoad<T>>();
  #bytes = 0;

  constructor(limitBytes: number, bytesOf: (value: T) => number) {
    this.#limitBytes = limitBytes;
    this.#bytesOf = bytesOf;
  }

  /**
   * The value of `key`, made by `load` when it is not here. The signal of `load` is aborted when all who wait
   * for the value have left.
   *
   * @throws {UniCellError} `CANCELED` after `signal`, and what `load` throws.
   */
  get(
    key: string,
    load: (signal: AbortSignal) => Promise<T>,
    signal?: AbortSignal,
  ): T | Promise<T> {
    const kept = this.#kept.get(key);
    if (kept !== undefined) {
      this.#kept.delete(key);
      this.#kept.set(key, kept);
      return kept;
    }
    const pending = this.#pending.get(key);
    if (pending && !pending.isAbandoned) return pending.wait(signal);
    const loading = new SharedLoad(async (stop) => {
      try {
        const value = await load(stop);
        this.#keep(key, value);
        return value;
      } finally {
        if (this.#pending.get(key) === loading) this.#pending.delete(key);
      }
    });
    this.#pending.set(key, loading);
    return loading.wait(signal);
  }

  drop(key: string): void {
    const kept = this.#kept.get(key);
    if (kept === undefined) return;
    this.#kept.delete(key);
    this.#bytes -= this.#bytesOf(kept);
  }

  clear(): void {
    this.#kept.clear();
    this.#bytes = 0;
  }

  #keep(key: string, value: T): void {
    this.drop(key);
    this.#kept.set(key, value);
    this.#bytes += this.#bytesOf(value);
    for (const [oldest, old] of this.#kept) {
      if (this.#bytes <= this.#limitBytes || oldest === key) break;
      this.#kept.delete(oldest);
      this.#bytes -= this.#bytesOf(old);
    }
  }
}
