/**
 * Requests to a PACS that change nothing, and so may be sent again: with a timeout, several tries, pauses
 * that grow, and failures with names.
 *
 * @module
 */
import { UniCellError } from '../errors.ts';
import type { DicomwebNetwork } from './network.ts';

const TRIES = 4;
const FIRST_PAUSE_MS = 250;
/** A server that wants a longer pause than this is not waited for. */
const MAX_PAUSE_MS = 30_000;
const PASSING_STATUSES = [408, 425, 429, 500, 502, 503, 504];

export interface Exchange {
  readonly url: string;
  readonly accept: string;
  /** Until the answer is there, to its last byte. */
  readonly timeoutMs: number;
  /** The header `Authorization`. */
  readonly authorization: string | undefined;
  /** Aborted when nobody waits any more, however many tries are left. */
  readonly patience: AbortSignal | undefined;
}

/** A status that is no success, and none that trying again would help. */
export class RefusedError extends UniCellError {
  readonly status: number;

  constructor(error: UniCellError, status: number) {
    super(error.code, error.message);
    this.status = status;
  }
}

/** A failure that may pass. */
class PassingError extends Error {
  readonly pauseMs: number | undefined;

  constructor(message: string, options: { cause?: unknown; pauseMs?: number | undefined }) {
    super(message, options);
    this.pauseMs = options.pauseMs;
  }
}

/**
 * Sends a GET, again where that may help, and reads its answer.
 *
 * @param read Reads the whole body of a success. What it throws as a `UniCellError` is final; anything else
 *   counts as a connection that broke.
 * @throws {UniCellError} `SOURCE_UNREACHABLE`, `SOURCE_UNAUTHORIZED`, `SOURCE_NOT_FOUND`, and what the
 *   network and `read` throw; a {@link RefusedError} with the status where the PACS refused.
 */
export async function getFrom<T>(
  network: DicomwebNetwork,
  exchange: Exchange,
  read: (response: Response) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await getOnce(network, exchange, read);
    } catch (error) {
      if (!(error instanceof PassingError)) throw error;
      const pauseMs = error.pauseMs ?? FIRST_PAUSE_MS * 4 ** (attempt - 1);
      const isOver = attempt === TRIES || exchange.patience?.aborted;
      if (isOver || pauseMs > MAX_PAUSE_MS) {
        throw new UniCellError(
          'SOURCE_UNREACHABLE',
          `The PACS at ${originOf(exchange.url)} ${error.message}. Check the address and the PACS, and try again.`,
          { cause: error.cause },
        );
      }
      await Promise.race([network.pause(pauseMs), whenAborted(exchange.patience)]);
    }
  }
}

async function getOnce<T>(
  network: DicomwebNetwork,
  { url, accept, timeoutMs, authorization, patience }: Exchange,
  read: (response: Response) => Promise<T>,
): Promise<T> {
  const deadline = network.deadline(timeoutMs);
  const signal = patience ? AbortSignal.any([deadline, patience]) : deadline;
  const headers = { accept, ...(authorization === undefined ? {} : { authorization }) };
  let response: Response | undefined;
  try {
    response = await network.send(url, { headers, signal });
    if (response.ok) return await read(response);
  } catch (error) {
    if (error instanceof UniCellError && error.code !== 'SOURCE_UNREACHABLE') throw error;
    const what = signal.aborted
      ? `did not answer ${patience?.aborted ? 'in time' : `within ${timeoutMs / 1000} s`}`
      : response
        ? 'broke off its answer'
        : 'did not answer';
    throw new PassingError(what, { cause: error });
  } finally {
    if (response?.body && !response.bodyUsed) await response.body.cancel().catch(() => {});
  }
  const { status, headers: answered } = response;
  if (PASSING_STATUSES.includes(status)) {
    throw new PassingError(`answered ${status}`, { pauseMs: retryAfterMs(answered) });
  }
  throw new RefusedError(refusal(url, status, authorization !== undefined), status);
}

/** Never resolves without a signal. */
function whenAborted(signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) resolve();
    else signal?.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** What a status that is no success says. */
export function refusal(url: string, status: number, hadCredentials: boolean): UniCellError {
  const host = originOf(url);
  if (status === 401 || status === 403) {
    const sent = hadCredentials
      ? 'the credentials that were sent'
      : 'a request without credentials';
    return new UniCellError(
      'SOURCE_UNAUTHORIZED',
      `The PACS at ${host} refused ${sent} (it answered ${status}). Have the service hold credentials for it (DICOMWEB_CREDENTIALS), or forward yours ("authorization": "forward").`,
    );
  }
  if (status === 404 || status === 410) {
    return new UniCellError(
      'SOURCE_NOT_FOUND',
      `The PACS at ${host} has no ${new URL(url).pathname}. Check the root of the DICOMweb service and the UIDs.`,
    );
  }
  return new UniCellError(
    'DICOMWEB_INVALID',
    `The PACS at ${host} answered ${status} to ${new URL(url).pathname}. Check the root of the DICOMweb service, for instance https://pacs.example.org/dicom-web.`,
  );
}

/** In seconds; a date would need a clock, and then the pauses are our own (RFC 9110, section 10.2.3). */
function retryAfterMs(headers: Headers): number | undefined {
  const text = headers.get('retry-after') ?? '';
  return /^\d{1,9}$/.test(text) ? Number(text) * 1000 : undefined;
}

function originOf(url: string): string {
  return new URL(url).origin;
}
