/**
 * The Prefer header (RFC 7240).
 *
 * @module
 */

/** Whether the client would rather have a job than wait for the answer. */
export function prefersAsync(prefer: string | null | undefined): boolean {
  return (prefer ?? '')
    .split(/[,;]/)
    .some((preference) => preference.trim().toLowerCase() === 'respond-async');
}
