/**
 * Lets requests in before their bodies are read: an isolate has 128 MB, and a body that will be refused
 * after all is not worth reading.
 *
 * @module
 */

import type { Entry } from '../shared/api/adapters.ts';
import { UniCellError } from '../shared/errors.ts';

export interface AdmissionControlSettings {
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

interface AdmittedRequest {
  bytes: number;
  /** One that is read and not queued is being refused, handed over or answered from the cache. */
  stage: 'coming' | 'read' | 'queued';
  readonly sinceMs: number;
}

export class AdmissionControl {
  readonly #settings: AdmissionControlSettings;
  readonly #admitted = new Set<AdmittedRequest>();

  constructor(settings: AdmissionControlSettings) {
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
    for (const request of this.#admitted) {
      if (sinceMs - request.sinceMs > lostMs) this.#admitted.delete(request);
    }
    const queued = this.#count('queued');
    if (queued >= places) throw overloaded(`${queued} requests run or wait already`);
    const coming = this.#count('coming');
    if (coming >= uploads) throw overloaded(`the bodies of ${coming} requests are coming already`);
    const request: AdmittedRequest = { bytes: 0, stage: 'coming', sinceMs };
    this.#hold(request, bytes);
    this.#admitted.add(request);
    return {
      hold: (held) => this.#hold(request, held),
      arrive: () => {
        request.stage = 'read';
      },
      queue: () => {
        request.stage = 'queued';
      },
      leave: () => {
        this.#admitted.delete(request);
      },
    };
  }

  #count(stage: AdmittedRequest['stage']): number {
    let count = 0;
    for (const request of this.#admitted) if (request.stage === stage) count += 1;
    return count;
  }

  #hold(request: AdmittedRequest, bytes: number): void {
    let others = 0;
    for (const other of this.#admitted) if (other !== request) others += other.bytes;
    if (bytes > request.bytes && others + bytes > this.#settings.bytes) {
      throw overloaded(`${others} bytes of bodies are here or coming already`);
    }
    request.bytes = bytes;
  }
}

function overloaded(why: string): UniCellError {
  return new UniCellError(
    'OVERLOADED',
    `The request was refused because ${why}. Send it again after the time of Retry-After.`,
  );
}
