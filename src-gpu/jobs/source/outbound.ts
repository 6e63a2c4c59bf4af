/**
 * Requests to addresses that callers name. Names are resolved here, and the connection goes to the address
 * that was checked, so a name that changes its address meanwhile gains nothing.
 *
 * @module
 */
import { lookup } from 'node:dns/promises';
import type { LookupFunction } from 'node:net';
import { Agent, type Dispatcher, fetch as undiciFetch } from 'undici';
import { checkSourceUrl, isPublicAddress } from '../../../shared/api/sources/source-url.ts';
import { UniCellError } from '../../../shared/errors.ts';

const MAX_REDIRECTS = 3;
const CONNECT_TIMEOUT_MS = 10_000;
const SILENCE_TIMEOUT_MS = 30_000;

export interface OutboundOptions {
  /**
   * Hosts (`images.hospital.lan` or `10.0.0.5:8443`) that may be reached although they are private, have a
   * port of their own or speak plain http; or URLs (`https://pacs.hospital.lan/dicom-web`), of which only what
   * lies below them may be.
   */
  readonly trusted: readonly string[];
  /** Resolves names; that of the system when left out. */
  readonly resolve?: (host: string) => Promise<readonly { address: string; family: number }[]>;
}

export interface OutboundRequest {
  readonly method?: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | ReadableStream<Uint8Array>;
  readonly signal: AbortSignal;
}

export class Outbound {
  readonly #hosts: ReadonlySet<string>;
  readonly #roots: readonly URL[];
  readonly #checked: Dispatcher;
  readonly #open: Dispatcher;

  constructor({ trusted, resolve = resolveAll }: OutboundOptions) {
    const isRoot = (address: string) => address.includes('://');
    this.#hosts = new Set(trusted.filter((one) => !isRoot(one)).map((one) => one.toLowerCase()));
    this.#roots = trusted.filter(isRoot).map((address) => new URL(address));
    const timeouts = { headersTimeout: SILENCE_TIMEOUT_MS, bodyTimeout: SILENCE_TIMEOUT_MS };
    const connect = { timeout: CONNECT_TIMEOUT_MS };
    this.#open = new Agent({ ...timeouts, connect });
    this.#checked = new Agent({
      ...timeouts,
      connect: { ...connect, lookup: publicLookup(resolve) },
    });
  }

  /**
   * Checks an address without asking the network.
   *
   * @throws {UniCellError} `SOURCE_FORBIDDEN`.
   */
  check(address: string): URL {
    const url = URL.parse(address);
    return url !== null && this.#isTrusted(url) ? url : checkSourceUrl(address);
  }

  /**
   * Sends one request; every redirect is checked like the first address, and only GET follows them.
   * Credentials go to the first origin alone.
   *
   * @throws {UniCellError} `SOURCE_FORBIDDEN`; `SOURCE_UNREACHABLE` when nobody answers.
   */
  async request(address: string, request: OutboundRequest): Promise<Response> {
    let url = this.check(address);
    const { origin } = url;
    for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
      const isAtHome = url.origin === origin;
      const response = await this.#once(url, isAtHome ? request : withoutCredentials(request));
      const location = response.headers.get('location');
      const isRedirect = [301, 302, 303, 307, 308].includes(response.status) && location !== null;
      if (!isRedirect || (request.method ?? 'GET') !== 'GET') return response;
      await response.body?.cancel();
      url = this.check(URL.parse(location, url.href)?.href ?? location);
    }
    throw unreachable(url, `redirected more than ${MAX_REDIRECTS} times`);
  }

  async close(): Promise<void> {
    await Promise.all([this.#checked.destroy(), this.#open.destroy()]);
  }

  async #once(url: URL, request: OutboundRequest): Promise<Response> {
    try {
      const response = await undiciFetch(url, {
        ...request,
        // A stream is sent before the answer is read.
        duplex: 'half',
        redirect: 'manual',
        dispatcher: this.#isTrusted(url) ? this.#open : this.#checked,
      });
      return response as unknown as Response;
    } catch (error) {
      const { cause } = error as { cause?: unknown };
      if (cause instanceof UniCellError) throw cause;
      if (request.signal.aborted) throw error;
      throw unreachable(url, 'did not answer', error);
    }
  }

  #isTrusted(url: URL): boolean {
    const { protocol, host, hostname } = url;
    if (protocol !== 'https:' && protocol !== 'http:') return false;
    if (this.#hosts.has(host) || this.#hosts.has(hostname)) return true;
    return this.#roots.some((root) => isBelow(url, root));
  }
}

/** Dots in paths are gone once a URL is parsed, encoded ones too; other servers may read `%2f` as a slash. */
function isBelow({ origin, pathname }: URL, root: URL): boolean {
  const path = root.pathname.replace(/\/+$/, '');
  const isHidden = /%2f|%5c|\\/i.test(pathname);
  return (
    origin === root.origin && !isHidden && (pathname === path || pathname.startsWith(`${path}/`))
  );
}

function withoutCredentials({ headers = {}, ...request }: OutboundRequest): OutboundRequest {
  const kept = Object.entries(headers).filter(([name]) => name.toLowerCase() !== 'authorization');
  return { ...request, headers: Object.fromEntries(kept) };
}

async function resolveAll(host: string) {
  return lookup(host, { all: true });
}

/** A name of which one address is private is refused whole: it is no name of the public internet. */
function publicLookup(resolve: NonNullable<OutboundOptions['resolve']>): LookupFunction {
  return (host, options, callback) => {
    resolve(host)
      .then((found) => {
        const addresses = [...found];
        if (addresses.length === 0) throw new Error(`${host} has no address`);
        if (addresses.some(({ address }) => !isPublicAddress(address))) {
          throw new UniCellError(
            'SOURCE_FORBIDDEN',
            `The host ${host} has an address that is not of the public internet. Use a public host, or send the slide itself.`,
          );
        }
        if (options.all) callback(null, addresses);
        else callback(null, addresses[0]!.address, addresses[0]!.family);
      })
      .catch((error: Error) => callback(error, '', 4));
  };
}

function unreachable(url: URL, what: string, cause?: unknown): UniCellError {
  return new UniCellError(
    'SOURCE_UNREACHABLE',
    `The host ${url.host} ${what}. Check the URL, or send the slide itself.`,
    { cause },
  );
}
