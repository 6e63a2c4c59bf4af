/**
 * A service without keys is for the person at this machine. A page of somebody else in that person's browser may not
 * speak for them: neither by a name of its own that leads here (DNS rebinding), nor by a form.
 *
 * @module
 */
import { UniCellError } from '../../errors.ts';

/** Methods that change nothing; what they bring, a page of another origin may not read. */
const SAFE = ['GET', 'HEAD', 'OPTIONS'];

/** Whether a host name, as URLs have it, is one of this machine only. */
function isLoopbackName(hostname: string): boolean {
  return (
    hostname === 'localhost' ||
    hostname.endsWith('.localhost') ||
    hostname === '[::1]' ||
    /^127\.\d+\.\d+\.\d+$/.test(hostname)
  );
}

/**
 * @param allowedOrigins Other origins whose pages may do what this service's own may; `*` stands for all.
 * @throws {UniCellError} `FORBIDDEN` for another name than this machine's, and for a page of another origin.
 */
export function requireLocal(request: Request, allowedOrigins: readonly string[]): void {
  const { hostname, host } = new URL(request.url);
  if (!isLoopbackName(hostname)) {
    throw new UniCellError(
      'FORBIDDEN',
      `This service has no keys and serves its own machine only, as localhost or 127.0.0.1; the request names ${host}. To serve others, give it keys (API_KEYS).`,
    );
  }
  const origin = request.headers.get('origin');
  if (origin === null || SAFE.includes(request.method) || allowedOrigins.includes('*')) return;
  if (allowedOrigins.includes(origin) || URL.parse(origin)?.host === host) return;
  throw new UniCellError(
    'FORBIDDEN',
    `A page of ${origin.slice(0, 200)} may not use this service, which has no keys. Put the origin into ALLOWED_ORIGINS, or give the service keys (API_KEYS).`,
  );
}
