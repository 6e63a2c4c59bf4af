/**
 * Media types with their parameters (RFC 9110, section 8.3.1).
 *
 * @module
 */

export interface MediaType {
  /** In lower case, without parameters; empty for none. */
  readonly type: string;
  /** By name in lower case. */
  readonly parameters: ReadonlyMap<string, string>;
}

const PARAMETER = /;\s*([^\s=;"]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]+))/g;

/** Takes the value of a `Content-Type` apart. */
export function parseMediaType(text: string | null | undefined): MediaType {
  const [type = ''] = (text ?? '').split(';', 1);
  const parameters = new Map<string, string>();
  for (const [, name, quoted, plain] of (text ?? '').matchAll(PARAMETER)) {
    const value = quoted?.replaceAll(/\\(.)/g, '$1') ?? plain ?? '';
    if (!parameters.has(name!.toLowerCase())) parameters.set(name!.toLowerCase(), value);
  }
  return { type: type.trim().toLowerCase(), parameters };
}
