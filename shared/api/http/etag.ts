/**
 * Entity tags (RFC 9110, sections 8.8.3 and 13.1).
 *
 * @module
 */

/** Whether an If-None-Match header names the tag; weak ones count, as for every GET. */
export function matchesEtag(ifNoneMatch: string | null | undefined, etag: string): boolean {
  const tags = (ifNoneMatch ?? '').split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return tags.includes(etag);
}
