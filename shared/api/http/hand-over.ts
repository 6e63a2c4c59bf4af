/**
 * Handing a request over to the stronger tier: streamed, with a timeout, one retry where the body is at
 * hand, and a short circuit breaker.
 *
 * @module
 */

import { UniCellError } from '../../errors.ts';
import type { Caller } from './caller.ts';
import { CALLER_HEADER, signCaller } from './passed-caller.ts';

/** Of a request: headers of the connection, those that this tier sets itself, and which page asks: that was checked here. */
const OWN_REQUEST_HEADERS = [
  'authorization',
  'connection',
  'content-length',
  'cookie',
  'host',
  'keep-alive',
  'origin',
  'sec-fetch-dest',
  'sec-fetch-mode',
  'sec-fetch-site',
  'transfer-encoding',
  'upgrade',
  'x-request-id',
  CALLER_HEADER,
];
/** Of an answer: what concerns the two tiers and not the caller. */
const OWN_ANSWER_HEADERS = [
  'access-control-allow-origin',
  'access-control-expose-headers',
  'connection',
  'keep-alive',
  'ratelimit',
  'ratelimit-policy',
  'set-cookie',
  'transfer-encoding',
];
/** RFC 9110, section 9.2.2. */
const IDEMPOTENT = ['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS'];

const FAILURES_TO_OPEN = 3;
const OPEN_MS = 10_000;
/** Before the second try, on average. */
const PAUSE_MS = 300;

export interface HandOverSettings {
  /** Where the GPU service answers. */
  readonly url: string;
  /** Its bearer key. */
  readonly key: string | undefined;
  /** Signs who calls; without it everything that is handed over belongs to the key. */
  readonly callerSecret?: string | undefined;
  /** Until its answer begins, when the body is at hand. */
  readonly timeoutMs: number;
  /** The same when the client is still sending the body. */
  readonly streamTimeoutMs: number;
  /** Milliseconds since 1970. */
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
  readonly requestId: string;
  readonly caller: Caller;
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

  /** Whether the stronger tier learns who calls. */
  get tellsCaller(): boolean {
    return this.#settings.callerSecret !== undefined;
  }

  /** Whether requests are not even tried for the moment. */
  get isOpen(): boolean {
    return this.#failures >= FAILURES_TO_OPEN && this.#settings.now() < this.#openUntil;
  }

  /**
   * @returns The answer of the GPU service, whatever it says; that it is too busy for the moment, too, which
   *   is no outage, and would be said again at once.
   * @throws {UniCellError} `GPU_UNAVAILABLE`.
   */
  async forward(request: HandedOver): Promise<Response> {
    if (this.isOpen) throw unavailable('has failed several times in the last seconds');
    let cause: unknown;
    const most = isRepeatable(request) ? 2 : 1;
    for (let tries = 0; tries < most; tries++) {
      if (tries > 0) await pause(this.#settings);
      try {
        const answer = await this.#send(request);
        if (!isOutage(answer)) {
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

  async #send(request: HandedOver): Promise<Response> {
    const { method, path, headers, body, requestId, caller } = request;
    const { url, key, callerSecret, deadline, fetch, timeoutMs, streamTimeoutMs } = this.#settings;
    const sent = new Headers(headers);
    for (const name of OWN_REQUEST_HEADERS) sent.delete(name);
    sent.set('x-request-id', requestId);
    if (key !== undefined) sent.set('authorization', `Bearer ${key}`);
    if (callerSecret !== undefined) {
      const signed = { method, path, nowMs: this.#settings.now() };
      sent.set(CALLER_HEADER, await signCaller(caller, signed, callerSecret));
    }
    // An answer that has begun may take its time: a job tells of its progress for hours.
    const patience = new AbortController();
    const late = deadline(body instanceof ReadableStream ? streamTimeoutMs : timeoutMs);
    const giveUp = () => patience.abort(late.reason);
    late.addEventListener('abort', giveUp, { once: true });
    const init: RequestInit & { duplex: 'half' } = {
      method,
      headers: sent,
      body,
      redirect: 'manual',
      signal: patience.signal,
      duplex: 'half',
    };
    try {
      return this.#forCaller(await fetch(new URL(`${url.replace(/\/+$/, '')}${path}`), init));
    } finally {
      late.removeEventListener('abort', giveUp);
    }
  }

  /** The caller sees one host, and only what is meant for it. */
  #forCaller(answer: Response): Response {
    const headers = new Headers(answer.headers);
    for (const name of OWN_ANSWER_HEADERS) headers.delete(name);
    const { origin, pathname } = new URL(this.#settings.url);
    const base = `${origin}${pathname.replace(/\/+$/, '')}`;
    const location = headers.get('location');
    if (location?.startsWith(`${base}/`)) headers.set('location', location.slice(base.length));
    const { status, statusText } = answer;
    return new Response(answer.body, { status, statusText, headers });
  }
}

/** Whether nobody has answered for the service: what it says itself stands in a problem of its own. */
function isOutage({ status, headers }: Response): boolean {
  const isItsOwn = headers.get('content-type')?.startsWith('application/problem+json') === true;
  return !isItsOwn && (status === 502 || status === 503 || status === 504);
}

/** All edges that saw a service fail do not ask it again in the same moment. */
function pause({ deadline }: HandOverSettings): Promise<void> {
  const over = deadline(PAUSE_MS * (0.5 + Math.random()));
  return new Promise((resolve) => over.addEventListener('abort', () => resolve(), { once: true }));
}

/** A detection changes nothing, so it may be sent twice like a GET; a stream is gone once it was sent. */
function isRepeatable({ method, path, body }: HandedOver): boolean {
  if (body instanceof ReadableStream) return false;
  return IDEMPOTENT.includes(method) || path.startsWith('/v1/detect');
}

function unavailable(what: string, cause?: unknown): UniCellError {
  return new UniCellError(
    'GPU_UNAVAILABLE',
    `The GPU service, which this request needs, ${what}. Try again in a moment, or send a smaller picture.`,
    { cause },
  );
}
