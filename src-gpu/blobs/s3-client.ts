/**
 * Signed requests to an S3-compatible store, path style, with retries.
 *
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { AwsClient } from 'aws4fetch';
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

/** 404 and 416 are answers; any other failure is an error. */
const ANSWERS = [404, 416];
const TRIES = 4;
const FIRST_PAUSE_MS = 200;

export class S3Client {
  readonly #client: AwsClient;
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
   * Sends a request, up to four times when the store does not answer or is overloaded.
   *
   * @throws {UniCellError} `STORE_UNAVAILABLE` when it never answers; `OUTPUT_UNWRITABLE` when it refuses
   *   to write, `CONFIGURATION_INVALID` when it refuses to read or has no such bucket.
   */
  async send(request: S3Request): Promise<Response> {
    let last: unknown;
    for (let tries = 0; tries < TRIES; tries++) {
      if (tries > 0) await sleep(FIRST_PAUSE_MS * 2 ** (tries - 1) * (0.5 + Math.random()));
      request.signal?.throwIfAborted();
      const response = await this.#once(request).catch((error) => {
        request.signal?.throwIfAborted();
        last = error;
      });
      if (response === undefined) continue;
      if (response.status < 500 && response.status !== 429) return this.#accept(request, response);
      last = new Error(`${response.status} ${await response.text()}`.slice(0, 300));
    }
    throw new UniCellError(
      'STORE_UNAVAILABLE',
      `The object store ${this.#location.endpoint} does not answer: ${(last as Error).message}. Nothing that was stored is lost; try again later.`,
      { cause: last },
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
    return fetch(signed, { signal: signal ?? null });
  }

  async #accept(request: S3Request, response: Response): Promise<Response> {
    if (response.ok) return response;
    const body = await response.text();
    const code = errorCodeOf(body) ?? String(response.status);
    if (ANSWERS.includes(response.status) && code !== 'NoSuchBucket') {
      return new Response(null, { status: response.status });
    }
    const isRead = request.method === undefined || request.method === 'HEAD';
    const isSetting = isRead || code === 'NoSuchBucket';
    throw new UniCellError(
      isSetting ? 'CONFIGURATION_INVALID' : 'OUTPUT_UNWRITABLE',
      `The object store ${this.#location.endpoint} refused ${request.method ?? 'GET'} in the bucket ${this.#location.bucket}: ${code}. Check the bucket, the keys and what they allow.`,
    );
  }
}
