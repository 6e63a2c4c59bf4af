/**
 * Which addresses an image may be fetched from. A service that fetches what strangers name must never
 * reach what only it can reach (server-side request forgery).
 *
 * @module
 */

import { UniCellError } from '../../errors.ts';
import { readWholeBody } from '../http/read-body.ts';

const MAX_REDIRECTS = 3;
/** Names that no public server has (RFC 6761, RFC 6762, RFC 8375, RFC 7686 and common usage). */
const LOCAL_SUFFIXES = [
  'corp',
  'home',
  'home.arpa',
  'internal',
  'intranet',
  'invalid',
  'lan',
  'local',
  'localdomain',
  'localhost',
  'onion',
  'private',
  'test',
];
/** Public names that are known to lead to loopback. */
const LOOPBACK_SUFFIXES = ['localtest.me', 'lvh.me', 'vcap.me'];
/** An IPv4 address inside a name, as wildcard DNS services and cloud providers write it. */
const SPELLED_ADDRESS = /(?:^|[.-])(\d{1,3})[.-](\d{1,3})[.-](\d{1,3})[.-](\d{1,3})(?=[.-]|$)/;

/** IPv4 networks that are not of the public internet (IANA special-purpose registry): address / bits. */
const SPECIAL_NETWORKS: readonly (readonly [number, number, number, number, bits: number])[] = [
  [0, 0, 0, 0, 8],
  [10, 0, 0, 0, 8],
  [100, 64, 0, 0, 10],
  [127, 0, 0, 0, 8],
  [169, 254, 0, 0, 16],
  [172, 16, 0, 0, 12],
  [192, 0, 0, 0, 24],
  [192, 0, 2, 0, 24],
  [192, 88, 99, 0, 24],
  [192, 168, 0, 0, 16],
  [198, 18, 0, 0, 15],
  [198, 51, 100, 0, 24],
  [203, 0, 113, 0, 24],
  // Multicast and reserved.
  [224, 0, 0, 0, 3],
];

/**
 * Checks an address.
 *
 * @throws {UniCellError} `SOURCE_FORBIDDEN` for anything but https to a public name or address on its
 *   usual port without credentials.
 */
export function checkSourceUrl(text: string): URL {
  const url = URL.parse(text);
  const reason = url === null ? 'is not a URL' : forbidden(url);
  if (url === null || reason) {
    throw new UniCellError(
      'SOURCE_FORBIDDEN',
      `The picture's URL ${JSON.stringify(text.slice(0, 200))} ${reason}. Use https with a public host, or send the picture itself.`,
    );
  }
  return url;
}

export interface SourceNetwork {
  /** One request, redirects not followed. */
  readonly send: (url: URL) => Promise<Response>;
  /** Bytes that are taken at most. */
  readonly limit: number;
  /** Aborted when it has taken too long. */
  readonly deadline: AbortSignal;
}

export interface FetchedSource {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The content type that the host states. */
  readonly declared: string | null;
}

/**
 * Fetches an image; every redirect is checked like the first address.
 *
 * @throws {UniCellError} `SOURCE_FORBIDDEN`, `SOURCE_UNREACHABLE`, `BODY_TOO_LARGE`.
 */
export async function fetchSource(text: string, network: SourceNetwork): Promise<FetchedSource> {
  let url = checkSourceUrl(text);
  for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
    const response = await network.send(url).catch((cause) => {
      throw unreachable(url, 'did not answer', cause);
    });
    if (response.ok) return readSource(url, response, network);
    await response.body?.cancel();
    const location = response.headers.get('location');
    if (response.status < 300 || response.status >= 400 || location === null) {
      throw unreachable(url, `answered ${response.status}`);
    }
    url = checkSourceUrl(URL.parse(location, url.href)?.href ?? location);
  }
  throw unreachable(url, `redirected more than ${MAX_REDIRECTS} times`);
}

async function readSource(
  url: URL,
  { body, headers }: Response,
  { limit, deadline }: SourceNetwork,
): Promise<FetchedSource> {
  const bytes = await readWholeBody(body, limit, deadline).catch((cause) => {
    if (cause instanceof UniCellError && cause.code === 'BODY_TOO_LARGE') throw cause;
    throw unreachable(url, 'did not send the whole picture in time', cause);
  });
  return { bytes, declared: headers.get('content-type') };
}

function unreachable(url: URL, what: string, cause?: unknown): UniCellError {
  return new UniCellError(
    'SOURCE_UNREACHABLE',
    `The host ${url.host} ${what}, so the picture could not be fetched. Check the URL, or send the picture itself.`,
    { cause },
  );
}

function forbidden(url: URL): string | undefined {
  if (url.protocol !== 'https:') return `has the scheme ${url.protocol.slice(0, -1)}`;
  if (url.username !== '' || url.password !== '') return 'carries credentials';
  if (url.port !== '') return `names the port ${url.port}`;
  const host = url.hostname.toLowerCase().replace(/\.$/, '');
  if (host.startsWith('[')) {
    return isPublicAddress(host.slice(1, -1)) ? undefined : 'is not a public address';
  }
  // The URL parser has turned every spelling of an IPv4 address into four decimal numbers.
  if (/^\d+\.\d+\.\d+\.\d+$/.test(host)) {
    return isPublicAddress(host) ? undefined : 'is not a public address';
  }
  const isLocal = [...LOCAL_SUFFIXES, ...LOOPBACK_SUFFIXES].some(
    (suffix) => host === suffix || host.endsWith(`.${suffix}`),
  );
  if (isLocal || !host.includes('.')) return 'is a name of a local network';
  const spelled = SPELLED_ADDRESS.exec(host)?.slice(1).map(Number);
  return spelled && !isPublicIpv4(spelled) ? 'spells an address that is not public' : undefined;
}

/** Whether an IP address is one of the public internet; for those who resolve names themselves. */
export function isPublicAddress(address: string): boolean {
  return address.includes(':')
    ? isPublicIpv6(address)
    : isPublicIpv4(address.split('.').map(Number));
}

function isPublicIpv4(octets: readonly number[]): boolean {
  const value = (parts: readonly number[]) => parts.reduce((sum, part) => sum * 256 + part, 0);
  const address = value(octets);
  return SPECIAL_NETWORKS.every(([a, b, c, d, bits]) => {
    const size = 2 ** (32 - bits);
    return Math.floor(address / size) !== Math.floor(value([a, b, c, d]) / size);
  });
}

/** Only 2000::/3 is global unicast; of it, 6to4, Teredo and documentation lead elsewhere. */
function isPublicIpv6(address: string): boolean {
  const [first = 0, second = 0] = address
    .split(':')
    .map((group) => Number.parseInt(group, 16) || 0);
  const isGlobal = first >= 0x2000 && first <= 0x3fff;
  const isSpecial = first === 0x2002 || (first === 0x2001 && (second < 0x200 || second === 0xdb8));
  return isGlobal && !isSpecial;
}
