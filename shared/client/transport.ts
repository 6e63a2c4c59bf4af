/**
 * Requests of the client: with its key, tried again where that can do no harm.
 *
 * @module
 */
import { problemOf, UniCellProblem } from './unicell-problem.ts';

export interface TransportOptions {
  /** Where a tier answers: `https://unicell.example.org`. A path before `/v1` is kept. */
  readonly url: string;
  /** Bearer key. */
  readonly key?: string | undefined;
  /** How requests are sent; the runtime's `fetch` when left out. */
  readonly fetch?: typeof fetch | undefined;
  /** How often a request is tried again that the service was too busy for, or that got no answer; 2 when left out. */
  readonly retries?: number | undefined;
}

/** What `fetch` sends. */
export type Body =
  | string
  | Uint8Array<ArrayBuffer>
  | ArrayBuffer
  | Blob
  | ReadableStream<Uint8Array>;

export interface TransportRequest {
  readonly method?: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly query?: URLSearchParams;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Body;
  readonly signal?: AbortSignal | undefined;
  /** Whether it may come twice; GET always may. */
  readonly isRepeatable?: boolean;
}

/** Longest time to wait before another try, whatever the service asks for. */
const LONGEST_WAIT_MS = 30_000;
const FIRST_WAIT_MS = 500;
/** The service has not begun with the request. */
const BUSY = [429, 503];

export class Transport {
  readonly #base: string;
  readonly #options: TransportOptions;

  constructor(options: TransportOptions) {
    this.#base = options.url.replace(/\/+$/, '');
    this.#options = options;
  }

  /**
   * @param path Begins with `/v1`.
   * @returns An answer that is a success.
   * @throws {UniCellProblem} For every other answer.
   * @throws {TypeError} When there is none.
   */
  async send(path: string, request: TransportRequest = {}): Promise<Response> {
    const { method = 'GET', query, headers = {}, body, signal } = request;
    const { key, retries = 2, fetch: send = fetch } = this.#options;
    const search = query?.size ? `?${query}` : '';
    const init: RequestInit & { duplex?: 'half' } = {
      method,
      headers: { ...(key === undefined ? {} : { authorization: `Bearer ${key}` }), ...headers },
      ...(body === undefined ? {} : { body }),
      ...(signal ? { signal } : {}),
      ...(body instanceof ReadableStream ? { duplex: 'half' as const } : {}),
    };
    const isRepeatable =
      !(body instanceof ReadableStream) && (method === 'GET' || request.isRepeatable === true);
    for (let left = isRepeatable ? retries : 0, waitMs = FIRST_WAIT_MS; ; left--, waitMs *= 2) {
      try {
        const response = await send(`${this.#base}${path}${search}`, init);
        if (response.ok) return response;
        throw await problemOf(response);
      } catch (error) {
        const isBusy = error instanceof UniCellProblem && BUSY.includes(error.status);
        const isLost = error instanceof TypeError;
        if (left === 0 || signal?.aborted || !(isBusy || isLost)) throw error;
        const asked = isBusy ? error.retryAfterMs : undefined;
        await pause(Math.min(asked ?? waitMs, LONGEST_WAIT_MS), signal);
      }
    }
  }
}

/** @throws The signal's reason when it is aborted meanwhile. */
function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', end);
      resolve();
    }, ms);
    signal?.addEventListener('abort', end, { once: true });
  });
}
