/**
 * Credentials that a caller has forwarded to a PACS.
 *
 * @module
 */
import { UniCellError } from '../../errors.ts';
import type { Access } from '../http/access.ts';

/** The header that holds credentials for the PACS, beside those for this service. */
const HEADER = 'x-dicomweb-authorization';

/**
 * What is to be forwarded: the header `X-DICOMweb-Authorization`. Where this service asks for no keys, and
 * whatever stands before it does, `Authorization` will do. The service's own keys are never forwarded.
 */
export function forwardedAuthorization(
  headers: Headers,
  access: Pick<Access, 'hasKeys'>,
): string | undefined {
  const own = access.hasKeys ? null : headers.get('authorization');
  return headers.get(HEADER) ?? own ?? undefined;
}

/**
 * The same where it must be there.
 *
 * @throws {UniCellError} `INVALID_OPTIONS`.
 */
export function requireForwarded(authorization: string | undefined): string {
  if (authorization !== undefined) return authorization;
  throw new UniCellError(
    'INVALID_OPTIONS',
    'The PACS is to be asked with your credentials ("authorization": "forward"), and the request has none for it. Send them in the header X-DICOMweb-Authorization, for instance "Bearer TOKEN".',
  );
}
