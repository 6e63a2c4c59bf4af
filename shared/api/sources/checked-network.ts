/**
 * Requests to addresses that callers name, for a tier whose runtime checks none.
 *
 * @module
 */
import type { DicomwebNetwork } from '../../dicomweb/network.ts';
import { UniCellError } from '../../errors.ts';
import { checkSourceUrl } from './source-url.ts';

const MAX_REDIRECTS = 3;

/**
 * A network that checks every address, and every one that it is redirected to.
 *
 * @param send One request, redirects not followed.
 */
export function checkedNetwork(
  send: (url: URL, init: RequestInit) => Promise<Response>,
  time: Omit<DicomwebNetwork, 'send'>,
): DicomwebNetwork {
  return {
    ...time,
    async send(address, request) {
      let url = checkSourceUrl(address);
      const { origin } = url;
      for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
        const headers = new Headers(request.headers);
        if (url.origin !== origin) headers.delete('authorization');
        const response = await send(url, { ...request, headers, redirect: 'manual' });
        const location = response.headers.get('location');
        if (response.status < 300 || response.status >= 400 || location === null) return response;
        await response.body?.cancel();
        url = checkSourceUrl(URL.parse(location, url.href)?.href ?? location);
      }
      throw new UniCellError(
        'SOURCE_UNREACHABLE',
        `The host ${url.host} redirected more than ${MAX_REDIRECTS} times. Check the address.`,
      );
    },
  };
}
