import { UniCellError } from '../../errors.ts';

/**
 * Bodies are taken as they are: pictures are compressed already, and a small body could become a very large one.
 *
 * @throws {UniCellError} `MEDIA_TYPE_UNSUPPORTED` for a body that is said to be encoded (RFC 9110, section 8.4).
 */
export function requireUnencoded(headers: Headers): void {
  const encoding = headers.get('content-encoding')?.trim() ?? '';
  if (encoding === '' || encoding.toLowerCase() === 'identity') return;
  throw new UniCellError(
    'MEDIA_TYPE_UNSUPPORTED',
    `The body is encoded (Content-Encoding: ${encoding.slice(0, 40)}). Send it as it is, without this header; no encoding is taken.`,
  );
}
