/**
 * Signed requests to an S3-compatible store, path style, with retries.
 *
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { AwsClient } from 'aws4fetch';
import { Agent, fetch as undiciFetch } from 'undici';
import { UniCellError } from '../../shared/errors.ts';
import { errorCodeOf } from './s3-answers.ts';

export interface S3Location {
  /** `https://s3.eu-central-1.amazonaws.com`, or any other store's address; the bucket follows as path. */
  readonly endpoint: string;
  readonly bucket: string;
  /** `us-east-1` when left out; many stores do not care. */
  readonly region?: string | undefined;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Put before all keys, for several services in one bucket; ends with `/` unless empty. */
  readonly keyPrefix?: string | undefined;
}

export interface S3Request {
  readonly method?: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE';
  /** Without it the request is to the bucket. */
  readonly key?: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

/** That there is no such object, or nothing of it in the range: answers to who asks for an object, and to nobody else. */
const ANSWERS = [404, 416];
const OF_OBJECTS = ['GET', 'HEAD', 'DELETE'];
/** Errors with a status below 500, or none, that a later try may not meet. */
const PASSING = [
  'InternalError',
  'OperationAborted',
  'RequestTimeout',
  'ServiceUnavailable',
  'SlowDown',
];
const TRIES = 4;
const FIRST_PAUSE_MS = 200;
/** A store that says nothing for so long is taken for dead, between two pieces of a body as well. */
const SILENCE_MS = 60_000;

/** An answer that is none: another try may bring a better one. */
export class Unusable extends Error {}

export class S3Client {
  readonly #client: AwsClient;
  readonly #agent = new Agent({ headersTimeout: SILENCE_MS, bodyTimeout: SILENCE_MS });
  readonly #location: S3Location;

  constructor(location: S3Location) {
    const { accessKeyId, secretAccessKey, region = 'us-east-1' } = location;
    this.#location = location;
    // Retries are ours: those of the client leave out connections that break.
    this.#client = new AwsClient({
      accessKeyId,
      secretAccessKey,
      region,
      service: 's3',
      retries: 0,
    });
  }

  /**
   * Sends a request, up to four times when the store does not answer, is overloaded, or when `read` finds the
   * answer unusable.
   *
   * @param read What is wanted of the answer. It throws {@link Unusable} when a later try may bring more.
   * @throws {UniCellError} `STORE_UNAVAILABLE` when it never answers; `OUTPUT_UNWRITABLE` when it refuses
   *   to write, `CONFIGURATION_INVALID` when it refuses to read or has no such bucket.
   */
  async send<T = Response>(
    request: S3Request,
    read: (response: Response) => Promise<T> | T = (response) => response as T,
  ): Promise<T> {
    let last: unknown;
    for (let tries = 0; tries < TRIES; tries++) {
      if (tries > 0) await sleep(FIRST_PAUSE_MS * 2 ** (tries - 1) * (0.5 + Math.random()));
      request.signal?.throwIfAborted();
      try {
        return await read(await this.#accept(request, await this.#once(request)));
      } catch (error) {
        request.signal?.throwIfAborted();
        if (error instanceof UniCellError) throw error;
        last = error;
      }
    }
    throw new UniCellError(
      'STORE_UNAVAILABLE',
      `The object store ${this.#location.endpoint} does not answer ${request.method ?? 'GET'} as it should: ${(last as Error).message}. Nothing that was stored is lost; try again later.`,
      {
        cause: last,
        publicMessage:
          'The object store does not answer as it should. Nothing that was stored is lost; try again later.',
      },
    );
  }

  async #once({ method = 'GET', key, query, body, headers, signal }: S3Request): Promise<Response> {
    const { endpoint, bucket, keyPrefix = '' } = this.#location;
    const path = key === undefined ? '' : `/${keyPrefix}${key}`;
    const search = query ? `?${new URLSearchParams(query)}` : '';
    const signed = await this.#client.sign(`${endpoint}/${bucket}${path}${search}`, {
      method,
      headers: { ...headers },
      ...(body === undefined ? {} : { body: body as Uint8Array<ArrayBuffer> }),
    });
    const response = await undiciFetch(signed.url, {
      method,
      headers: [...signed.headers],
      body: body ?? null,
      // A signature holds for one host; another one is a matter of settings.
      redirect: 'manual',
      signal: signal ?? null,
      dispatcher: this.#agent,
    });
    return response as unknown as Response;
  }

  async #accept(request: S3Request, response: Response): Promise<Response> {
    if (response.ok) return response;
    const { method = 'GET', key } = request;
    const body = await response.text();
    const code = errorCodeOf(body) ?? String(response.status);
    if (response.status >= 500 || response.status === 429 || PASSING.includes(code)) {
      throw new Unusable(`${response.status} ${body}`.slice(0, 300));
    }
    const isAnswer = ANSWERS.includes(response.status) && OF_OBJECTS.includes(method);
    if (isAnswer && key !== undefined && code !== 'NoSuchBucket') {
      return new Response(null, { status: response.status });
    }
    const isRead = method === 'GET' || method === 'HEAD';
    const isSetting =
      isRead || key === undefined || code === 'NoSuchBucket' || response.status < 400;
    throw new UniCellError(
      isSetting ? 'CONFIGURATION_INVALID' : 'OUTPUT_UNWRITABLE',
      `The object store ${this.#location.endpoint} refused ${method} in the bucket ${this.#location.bucket}: ${code}. Check the endpoint, the region, the bucket, the keys and what they allow.`,
      {
        publicMessage:
          'The object store refused what the service asked of it. Tell who runs the service.',
      },
    );
  }
}
