/**
 * Who may do what: bearer keys, stored as hashes.
 *
 * @module
 */

import * as z from 'zod';
import { UniCellError } from '../../errors.ts';
import { sha256Hex } from '../../sha256.ts';

const SCOPES = ['detect', 'jobs', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];

const keysSchema = z
  .array(
    z.strictObject({
      /** Names the key in logs and rate limits; never the key itself. */
      id: z.string().regex(/^[\w.-]{1,64}$/, 'must be 1 to 64 letters, digits, dots and dashes'),
      /** SHA-256 of the key, 64 lower-case hex digits. */
      sha256: z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 lower-case hex digits'),
      scopes: z.array(z.enum(SCOPES)).min(1),
    }),
  )
  .min(1);

type Key = z.infer<typeof keysSchema>[number];

/** Somebody who has shown a key, or anybody in local development. */
export interface Caller {
  readonly id: string;
  readonly scopes: readonly Scope[];
}

const ANYBODY: Caller = { id: 'local', scopes: SCOPES };

export interface AccessSettings {
  /** JSON: `[{"id": "lab-a", "sha256": "...", "scopes": ["detect"]}, ...]`; several keys make a rotation. */
  readonly keys: string | undefined;
  /** Local development: without keys, anybody may do anything. */
  readonly isLocal: boolean;
}

/** The keys of a service. */
export class Access {
  readonly #keys: readonly Key[];

  /**
   * @throws {UniCellError} `CONFIGURATION_INVALID` when there are no keys outside local development, or
   *   the setting is not a list of keys.
   */
  constructor({ keys, isLocal }: AccessSettings) {
    if (keys === undefined || keys.trim() === '') {
      if (!isLocal) {
        throw new UniCellError(
          'CONFIGURATION_INVALID',
          'The service has no keys (secret API_KEYS) and does not run without. docs/edge.md says how to make one.',
        );
      }
      this.#keys = [];
      return;
    }
    this.#keys = parseKeys(keys);
  }

  /** Whether callers need a key. */
  get hasKeys(): boolean {
    return this.#keys.length > 0;
  }

  /**
   * Finds the caller of a request.
   *
   * @param authorization The header.
   * @throws {UniCellError} `UNAUTHORIZED` without a known key, `FORBIDDEN` when it has not the scope.
   */
  async require(authorization: string | null | undefined, scope: Scope): Promise<Caller> {
    if (this.#keys.length === 0) return ANYBODY;
    const token = /^Bearer +([\x21-\x7e]{1,512})$/i.exec(authorization ?? '')?.[1];
    const caller = token === undefined ? undefined : await this.#find(token);
    if (caller === undefined) {
      throw new UniCellError(
        'UNAUTHORIZED',
        'The request has no valid key. Send the header "Authorization: Bearer KEY".',
      );
    }
    if (!caller.scopes.includes(scope)) {
      throw new UniCellError(
        'FORBIDDEN',
        `The key ${caller.id} has the scopes ${caller.scopes.join(', ')}; this needs ${scope}.`,
      );
    }
    return caller;
  }

  /** Compares with every key to its last digit, so that time tells nothing. */
  async #find(token: string): Promise<Caller | undefined> {
    const hash = await sha256Hex(new TextEncoder().encode(token));
    let found: Caller | undefined;
    for (const key of this.#keys) {
      let difference = 0;
      for (let i = 0; i < hash.length; i++) {
        difference |= hash.charCodeAt(i) ^ key.sha256.charCodeAt(i);
      }
      if (difference === 0) found = key;
    }
    return found;
  }
}

function parseKeys(text: string): readonly Key[] {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    // The cause would hold the text, and with it the hashes.
    throw new UniCellError('CONFIGURATION_INVALID', 'The secret API_KEYS is not JSON.');
  }
  const parsed = keysSchema.safeParse(json);
  if (!parsed.success) {
    const { path, message } = parsed.error.issues[0]!;
    throw new UniCellError(
      'CONFIGURATION_INVALID',
      `The secret API_KEYS is not a list of keys: ${path.join('.') || 'the top level'}: ${message}.`,
    );
  }
  return parsed.data;
}
