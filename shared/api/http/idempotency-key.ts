import { UniCellError } from '../../errors.ts';

/**
 * The Idempotency-Key header (draft-ietf-httpapi-idempotency-key-header-07): a structured string
 * (RFC 9651), or the same without its quotes, as most clients send it.
 *
 * @throws {UniCellError} `INVALID_OPTIONS`.
 */
export function idempotencyKeyOf(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  const key = header.trim().replace(/^"(.*)"$/, '$1');
  if (!/^[\x21\x23-\x5b\x5d-\x7e]{1,200}$/.test(key)) {
    throw new UniCellError(
      'INVALID_OPTIONS',
      `Idempotency-Key is ${JSON.stringify(header.slice(0, 80))}; it must be 1 to 200 visible characters without quotes, for instance a UUID.`,
    );
  }
  return key;
}
