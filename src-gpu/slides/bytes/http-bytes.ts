/**
 * The bytes of a file on a server, by range requests (RFC 9110, section 14).
 *
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { throwIfCanceled } from '../../../shared/cancel.ts';
import { UniCellError } from '../../../shared/errors.ts';
import { type ByteSource, requireRange, tooLong } from './byte-source.ts';

/**
 * One request, with its redirects. Whoever passes it decides which addresses may be reached: a service
 * must refuse private ones.
 */
export type RangeFetch = (
  url: string,
  init: { readonly headers: Readonly<Record<string, string>>; readonly signal: AbortSignal },
) => Promise<Response>;

const TRIES = 3;
const RETRY_DELAY_MS = 250;
const REQUEST_TIMEOUT_MS = 30_000;
/** What the first request asks for; the header of most slides lies in it. */
const FIRST_BYTES = 64 * 1024;
const NOTHING_THERE = [404, 410];

/**
 * Asks a server for the start of a file.
 *
 * @throws {UniCellError} `SOURCE_UNREACHABLE` when the server does not answer or answers an error,
 *   `SOURCE_NOT_FOUND` when it says that nothing is there, `SOURCE_WITHOUT_RANGES` when it only gives whole files, and what `fetch` throws as a `UniCellError`.
 */
export async function openHttp(url: string, fetch: RangeFetch): Promise<ByteSource> {
  const { total, tag } = await request(url, fetch, 0, FIRST_BYTES);
  if (total === 0) throw unreachable(url, 'has an empty file there');
  return new HttpBytes(url, total, tag, fetch);
}

/**
 * Fetches a small file as a whole, from any server.
 *
 * @param maxBytes Of the file; of a larger one no more is read.
 * @returns `undefined` when nothing is there.
 * @throws {UniCellError} `SOURCE_UNREACHABLE`, `IMAGE_UNREADABLE` for a larger file, and what `fetch` throws as a
 *   `UniCellError`; `CANCELED` after `signal`.
 */
export function fetchWhole(
  url: string,
  fetch: RangeFetch,
  maxBytes: number,
  signal?: AbortSignal,
): Promise<Uint8Array | undefined> {
  const once = async () => {
    const response = await fetch(url, {
      headers: { 'accept-encoding': 'identity' },
      signal: withinTime(signal),
    });
    try {
      if (NOTHING_THERE.includes(response.status)) return undefined;
      if (response.status !== 200) throw unreachable(url, `answered ${response.status}`);
      const parts: Uint8Array[] = [];
      let bytes = 0;
      for await (const part of response.body ?? []) {
        bytes += part.length;
        if (bytes > maxBytes) throw tooLong(shown(url), maxBytes);
        parts.push(part);
      }
      return Uint8Array.from(Buffer.concat(parts));
    } finally {
      await response.body?.cancel().catch(() => {});
    }
  };
  return retried(url, once, signal);
}

function withinTime(patience: AbortSignal | undefined): AbortSignal {
  const deadline = AbortSignal.timeout(REQUEST_TIMEOUT_MS);
  return patience ? AbortSignal.any([deadline, patience]) : deadline;
}

class HttpBytes implements ByteSource {
  readonly label: string;
  readonly size: number;
  readonly #url: string;
  readonly #tag: string | null;
  readonly #fetch: RangeFetch;

  constructor(url: string, size: number, tag: string | null, fetch: RangeFetch) {
    this.label = shown(url);
    this.#url = url;
    this.size = size;
    this.#tag = tag;
    this.#fetch = fetch;
  }

  async read(offset: number, length: number, signal?: AbortSignal): Promise<Uint8Array> {
    requireRange(this, offset, length);
    if (length === 0) return new Uint8Array();
    const { bytes, total, tag } = await request(this.#url, this.#fetch, offset, length, signal);
    if (total !== this.size || tag !== this.#tag) {
      throw unreachable(this.label, 'has changed the file while it was being read');
    }
    if (bytes.length !== length) throw unreachable(this.label, 'sent fewer bytes than asked for');
    return bytes;
  }

  async close(): Promise<void> {}
}

interface Part {
  readonly bytes: Uint8Array;
  /** Bytes of the whole file. */
  readonly total: number;
  readonly tag: string | null;
}

function request(
  url: string,
  fetch: RangeFetch,
  offset: number,
  length: number,
  signal?: AbortSignal,
): Promise<Part> {
  return retried(url, () => requestOnce(url, fetch, offset, length, signal), signal);
}

/** Tries again when the server or the network fails. */
async function retried<T>(
  url: string,
  once: () => Promise<T>,
  signal: AbortSignal | undefined,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    throwIfCanceled(signal);
    try {
      return await once();
    } catch (error) {
      throwIfCanceled(signal);
      const isLasting = error instanceof UniCellError && error.code !== 'SOURCE_UNREACHABLE';
      if (isLasting) throw error;
      const known = error instanceof UniCellError ? error : undefined;
      if (attempt === TRIES) throw known ?? unreachable(url, 'did not answer', error);
      await sleep(attempt * RETRY_DELAY_MS, undefined, { signal }).catch(() => {});
    }
  }
}

async function requestOnce(
  url: string,
  fetch: RangeFetch,
  offset: number,
  length: number,
  patience: AbortSignal | undefined,
): Promise<Part> {
  const response = await fetch(url, {
    headers: { range: `bytes=${offset}-${offset + length - 1}`, 'accept-encoding': 'identity' },
    signal: withinTime(patience),
  });
  try {
    if (response.status === 200) {
      throw new UniCellError(
        'SOURCE_WITHOUT_RANGES',
        `The server of ${shown(url)} does not serve parts of files (it answered 200 to a range request), so the slide cannot be read from there piece by piece. Upload the slide, or serve it with byte ranges.`,
      );
    }
    if (NOTHING_THERE.includes(response.status)) {
      throw new UniCellError(
        'SOURCE_NOT_FOUND',
        `The server of ${shown(url)} has nothing there: it answered ${response.status}. Check the address.`,
      );
    }
    if (response.status !== 206) throw unreachable(url, `answered ${response.status}`);
    const range = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(response.headers.get('content-range') ?? '');
    if (!range || Number(range[1]) !== offset || Number(range[2]) >= offset + length) {
      throw unreachable(url, 'answered with another range than asked for');
    }
    const bytes = await readBody(response, Number(range[2]) - offset + 1);
    if (!bytes) throw unreachable(url, 'sent another number of bytes than it said');
    return { bytes, total: Number(range[3]), tag: response.headers.get('etag') };
  } finally {
    await response.body?.cancel().catch(() => {});
  }
}

/** The body, when it has exactly this many bytes. */
async function readBody({ body }: Response, length: number): Promise<Uint8Array | undefined> {
  const bytes = new Uint8Array(length);
  let at = 0;
  for await (const part of body ?? []) {
    if (at + part.length > length) return undefined;
    bytes.set(part, at);
    at += part.length;
  }
  return at === length ? bytes : undefined;
}

function unreachable(url: string, what: string, cause?: unknown): UniCellError {
  return new UniCellError(
    'SOURCE_UNREACHABLE',
    `The server of ${shown(url)} ${what}. Check the address, or upload the slide.`,
    { cause },
  );
}

/** An address without its query, which may hold a signature. */
export function shown(url: string): string {
  return url.replace(/[?#].*$/s, '');
}
