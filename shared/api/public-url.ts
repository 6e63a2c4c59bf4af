/**
 * The URL of a request as the client wrote it, which proxies and the edge pass on in `X-Forwarded-Host` and
 * `X-Forwarded-Proto`. Only answers to the same client are made of it.
 */
export function publicUrl({ url, headers }: Request): URL {
  const seen = new URL(url);
  seen.search = '';
  const host = headers.get('x-forwarded-host')?.split(',')[0]?.trim() ?? '';
  const protocol = headers.get('x-forwarded-proto')?.split(',')[0]?.trim() ?? '';
  if (/^[\w.-]+(:\d{1,5})?$|^\[[\da-f:.]+\](:\d{1,5})?$/i.test(host)) {
    seen.port = '';
    seen.host = host;
  }
  if (/^https?$/.test(protocol)) seen.protocol = protocol;
  return seen;
}
