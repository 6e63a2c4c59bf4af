/**
 * Tiles that were fetched, and those that are on their way: what the screen shows first, few at once, and
 * nothing that is no longer wanted.
 *
 * @module
 */
import type { TilePlace } from '../../../viewer/point-grid.ts';

/** Fetches at once; browsers open six connections to a host. */
const AT_ONCE = 6;
/** Between two fetches of one tile, whether it failed or went stale. */
const AGAIN_MS = 1500;

export interface TileCacheParts<T> {
  load(place: TilePlace, signal: AbortSignal): Promise<T>;
  /** Frees what a tile holds. */
  free(tile: T): void;
  /** A tile has come, or one may be asked for again. */
  onChange(): void;
  onError(error: unknown): void;
  /** Tiles that are kept beside those that are wanted. */
  readonly spare: number;
}

interface Entry<T> {
  readonly place: TilePlace;
  value?: T;
  isStale: boolean;
  triedMs: number;
  loading?: AbortController | undefined;
}

export class TileCache<T> {
  readonly #parts: TileCacheParts<T>;
  /** Least recently used first. */
  readonly #entries = new Map<string, Entry<T>>();
  #wanted = new Set<string>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(parts: TileCacheParts<T>) {
    this.#parts = parts;
  }

  /** The tile, if it is here, old or not. */
  find(place: TilePlace): T | undefined {
    return this.#entries.get(keyOf(place))?.value;
  }

  /** Whether every wanted tile is here and new. */
  get isComplete(): boolean {
    return [...this.#wanted].every((key) => {
      const entry = this.#entries.get(key);
      return entry?.value !== undefined && !entry.isStale;
    });
  }

  /** Says which tiles are wanted now, the most urgent first. */
  want(places: readonly TilePlace[]): void {
    this.#wanted = new Set(places.map(keyOf));
    for (const [key, entry] of this.#entries) {
      if (!this.#wanted.has(key)) stop(entry);
    }
    for (const place of places) {
      const key = keyOf(place);
      const entry = this.#entries.get(key) ?? { place, isStale: true, triedMs: -AGAIN_MS };
      this.#entries.delete(key);
      this.#entries.set(key, entry);
    }
    this.#loadNext();
    this.#shrink();
  }

  /** Tiles that are to be fetched again; until they come, the old ones are shown. */
  markStale(isStale: (place: TilePlace) => boolean): void {
    for (const entry of this.#entries.values()) {
      if (isStale(entry.place)) entry.isStale = true;
    }
    this.#parts.onChange();
  }

  clear(): void {
    clearTimeout(this.#timer);
    this.#wanted.clear();
    for (const entry of this.#entries.values()) this.#drop(entry);
    this.#entries.clear();
  }

  #loadNext(): void {
    const entries = [...this.#wanted].flatMap((key) => this.#entries.get(key) ?? []);
    let free = AT_ONCE - entries.filter(({ loading }) => loading).length;
    let waitMs = Number.POSITIVE_INFINITY;
    for (const entry of entries) {
      if (free <= 0 || !entry.isStale || entry.loading) continue;
      const leftMs = entry.triedMs + AGAIN_MS - performance.now();
      if (leftMs > 0) {
        waitMs = Math.min(waitMs, leftMs);
        continue;
      }
      free--;
      this.#load(entry);
    }
    clearTimeout(this.#timer);
    if (Number.isFinite(waitMs)) this.#timer = setTimeout(() => this.#loadNext(), waitMs);
  }

  async #load(entry: Entry<T>): Promise<void> {
    const loading = new AbortController();
    entry.loading = loading;
    entry.isStale = false;
    entry.triedMs = performance.now();
    try {
      const value = await this.#parts.load(entry.place, loading.signal);
      if (loading.signal.aborted) {
        this.#parts.free(value);
        return;
      }
      entry.loading = undefined;
      if (entry.value !== undefined) this.#parts.free(entry.value);
      entry.value = value;
    } catch (error) {
      if (loading.signal.aborted) return;
      entry.loading = undefined;
      entry.isStale = true;
      this.#parts.onError(error);
    }
    this.#parts.onChange();
    this.#loadNext();
  }

  #shrink(): void {
    for (const [key, entry] of this.#entries) {
      if (this.#entries.size <= this.#wanted.size + this.#parts.spare) return;
      if (this.#wanted.has(key)) continue;
      this.#drop(entry);
      this.#entries.delete(key);
    }
  }

  #drop(entry: Entry<T>): void {
    stop(entry);
    if (entry.value !== undefined) this.#parts.free(entry.value);
  }
}

/** Gives up a fetch, so that it may begin again at once. */
function stop<T>(entry: Entry<T>): void {
  if (entry.loading === undefined) return;
  entry.loading.abort();
  entry.loading = undefined;
  entry.isStale = true;
  entry.triedMs = -AGAIN_MS;
}

function keyOf({ z, x, y }: TilePlace): string {
  return `${z}/${x}/${y}`;
}
