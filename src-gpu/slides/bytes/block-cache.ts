/**
 * Keeps what was read or decoded lately, up to a number of bytes. Whoever asks for a block that is being
 * made waits for it; a failure is told to those who wait and not kept.
 *
 * @module
 */
export class BlockCache<T> {
  readonly #limitBytes: number;
  readonly #bytesOf: (value: T) => number;
  /** Least recently used first. */
  readonly #kept = new Map<string, T>();
  readonly #pending = new Map<string, Promise<T>>();
  #bytes = 0;

  constructor(limitBytes: number, bytesOf: (value: T) => number) {
    this.#limitBytes = limitBytes;
    this.#bytesOf = bytesOf;
  }

  /** The value of `key`, made by `load` when it is not here. */
  get(key: string, load: () => Promise<T>): T | Promise<T> {
    const kept = this.#kept.get(key);
    if (kept !== undefined) {
      this.#kept.delete(key);
      this.#kept.set(key, kept);
      return kept;
    }
    const pending = this.#pending.get(key);
    if (pending) return pending;
    const loading = load()
      .then((value) => {
        this.#keep(key, value);
        return value;
      })
      .finally(() => this.#pending.delete(key));
    this.#pending.set(key, loading);
    return loading;
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
    this.#kept.set(key, value);
    this.#bytes += this.#bytesOf(value);
    for (const [oldest, old] of this.#kept) {
      if (this.#bytes <= this.#limitBytes || oldest === key) break;
      this.#kept.delete(oldest);
      this.#bytes -= this.#bytesOf(old);
    }
  }
}
