/**
 * Which addresses a picture may be fetched from. A service that fetches what strangers name must never
 * reach what only it can reach (server-side request forgery).
 *
 * @module
 */

import { UniCellError } from '../errors.ts';

const MAX_REDIRECTS = 3;
const LOCAL_SUFFIXES = ['localhost', 'local', 'internal', 'intranet', 'lan', 'home.arpa', 'onion'];

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

/**
 * Fetches a picture; every redirect is checked like the first address.
 *
 * @param send The network: one request, redirects not followed.
 * @throws {UniCellError} `SOURCE_FORBIDDEN`, `SOURCE_UNREACHABLE`.
 */
export async function fetchSource(
  text: string,
  send: (url: URL) => Promise<Response>,
): Promise<Response> {
  let url = checkSourceUrl(text);
  for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
    const response = await send(url).catch((cause) => {
      throw unreachable(url, 'did not answer', cause);
    });
    if (response.ok) return response;
    await response.body?.cancel();
    const location = response.headers.get('location');
    if (response.status < 300 || response.status >= 400 || location === null) {
      throw unreachable(url, `answered ${response.status}`);
    }
    url = checkSourceUrl(URL.parse(location, url.href)?.href ?? location);
  }
  throw unreachable(url, `redirected more than ${MAX_REDIRECTS} times`);
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
  const isLocal = LOCAL_SUFFIXES.some((suffix) => host === suffix || host.endsWith(`.${suffix}`));
  return isLocal || !host.includes('.') ? 'is a name of a local network' : undefined;
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
