/**
 * Handing a request over to the stronger tier: streamed, with a timeout, one retry where the body is at
 * hand, and a short circuit breaker.
 *
 * @module
 */

import { UniCellError } from '../errors.ts';

/** Connection headers, and those that the tiers set for each other. */
const OWN_HEADERS = [
  'authorization',
  'connection',
  'content-length',
  'cookie',
  'host',
  'keep-alive',
  'transfer-encoding',
  'upgrade',
];

const FAILURES_TO_OPEN = 3;
const OPEN_MS = 10_000;

export interface HandOverSettings {
  /** Where the GPU service answers. */
  readonly url: string;
  /** Its bearer key. */
  readonly key: string | undefined;
  /** Until its answer begins, when the body is at hand. */
  readonly timeoutMs: number;
  /** The same when the client is still sending the body. */
  readonly streamTimeoutMs: number;
  readonly now: () => number;
  readonly deadline: (timeoutMs: number) => AbortSignal;
  readonly fetch: (url: URL, init: RequestInit) => Promise<Response>;
}

/** A request for the stronger tier. */
export interface HandedOver {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: Headers;
  /** Bytes can be sent again, a stream cannot. */
  readonly body: Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array> | null;
}

export class HandOver {
  readonly #settings: HandOverSettings;
  #failures = 0;
  #openUntil = 0;

  constructor(settings: HandOverSettings) {
    this.#settings = settings;
  }

  /** Whether requests are not even tried for the moment. */
  get isOpen(): boolean {
    return this.#failures >= FAILURES_TO_OPEN && this.#settings.now() < this.#openUntil;
  }

  /**
   * @returns The answer of the GPU service, whatever it says.
   * @throws {UniCellError} `GPU_UNAVAILABLE`.
   */
  async forward(request: HandedOver): Promise<Response> {
    if (this.isOpen) throw unavailable('has failed several times in the last seconds');
    const isRepeatable = !(request.body instanceof ReadableStream);
    let cause: unknown;
    for (let tries = isRepeatable ? 2 : 1; tries > 0; tries--) {
      try {
        const answer = await this.#send(request);
        if (answer.status !== 502 && answer.status !== 503 && answer.status !== 504) {
          this.#failures = 0;
          return answer;
        }
        cause = `it answered ${answer.status}`;
        await answer.body?.cancel();
      } catch (error) {
        cause = error;
      }
    }
    this.#failures += 1;
    this.#openUntil = this.#settings.now() + OPEN_MS;
    throw unavailable('did not answer', cause);
  }

  #send({ method, path, headers, body }: HandedOver): Promise<Response> {
    const { url, key, deadline, fetch } = this.#settings;
    const { timeoutMs, streamTimeoutMs } = this.#settings;
    const sent = new Headers(headers);
    for (const name of OWN_HEADERS) sent.delete(name);
    if (key !== undefined) sent.set('authorization', `Bearer ${key}`);
    const init: RequestInit & { duplex: 'half' } = {
      method,
      headers: sent,
      body,
      redirect: 'manual',
      signal: deadline(body instanceof ReadableStream ? streamTimeoutMs : timeoutMs),
      duplex: 'half',
    };
    return fetch(new URL(path, url), init);
  }
}

function unavailable(what: string, cause?: unknown): UniCellError {
  return new UniCellError(
    'GPU_UNAVAILABLE',
    `The GPU service, which this request needs, ${what}. Try again in a moment, or send a smaller picture.`,
    { cause },
  );
}
