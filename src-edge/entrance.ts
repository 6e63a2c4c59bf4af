/**
 * Lets requests in before their bodies are read: an isolate has 128 MB, and a body that will be refused
 * after all is not worth reading.
 *
 * @module
 */

import type { Entry } from '../shared/api/adapters.ts';
import { UniCellError } from '../shared/errors.ts';

export interface EntranceSettings {
  /** Requests that run or wait for their turn. */
  readonly places: number;
  /** Requests whose body is coming. */
  readonly uploads: number;
  /** Bytes of bodies, here or coming. */
  readonly bytes: number;
  /** After how long a request counts as gone: the runtime may end it without a word. */
  readonly lostMs: number;
  readonly now: () => number;
}

interface Guest {
  bytes: number;
  /** One that is read and not queued is being refused, handed over or answered from the cache. */
  stage: 'coming' | 'read' | 'queued';
  readonly sinceMs: number;
}

export class Entrance {
  readonly #settings: EntranceSettings;
  readonly #guests = new Set<Guest>();

  constructor(settings: EntranceSettings) {
    this.#settings = settings;
  }

  /**
   * Takes in a request.
   *
   * @param bytes Of its body, or the most that it may have.
   * @throws {UniCellError} `OVERLOADED`.
   */
  enter(bytes: number): Entry {
    const { places, uploads, now, lostMs } = this.#settings;
    const sinceMs = now();
    for (const guest of this.#guests) {
      if (sinceMs - guest.sinceMs > lostMs) this.#guests.delete(guest);
    }
    const queued = this.#count('queued');
    if (queued >= places) throw overloaded(`${queued} requests run or wait already`);
    const coming = this.#count('coming');
    if (coming >= uploads) throw overloaded(`the bodies of ${coming} requests are coming already`);
    const guest: Guest = { bytes: 0, stage: 'coming', sinceMs };
    this.#hold(guest, bytes);
    this.#guests.add(guest);
    return {
      hold: (held) => this.#hold(guest, held),
      arrive: () => {
        guest.stage = 'read';
      },
      queue: () => {
        guest.stage = 'queued';
      },
      leave: () => {
        this.#guests.delete(guest);
      },
    };
  }

  #count(stage: Guest['stage']): number {
    let count = 0;
    for (const guest of this.#guests) if (guest.stage === stage) count += 1;
    return count;
  }

  #hold(guest: Guest, bytes: number): void {
    let others = 0;
    for (const other of this.#guests) if (other !== guest) others += other.bytes;
    if (bytes > guest.bytes && others + bytes > this.#settings.bytes) {
      throw overloaded(`${others} bytes of bodies are here or coming already`);
    }
    guest.bytes = bytes;
  }
}

function overloaded(why: string): UniCellError {
  return new UniCellError(
    'OVERLOADED',
    `The request was refused because ${why}. Send it again after the time of Retry-After.`,
  );
}
