/**
 * Who may do what: bearer keys, stored as hashes.
 *
 * @module
 */

import * as z from 'zod';
import { UniCellError } from '../../errors.ts';
import { sha256Hex } from '../../sha256.ts';
import { CALLER_SCOPES, type Caller, type Scope } from './caller.ts';
import { readCaller } from './passed-caller.ts';

/** `relay` is for a tier that passes requests of others on, and says for whom. */
const KEY_SCOPES = [...CALLER_SCOPES, 'relay'] as const;

const keysSchema = z
  .array(
    z.strictObject({
      /** Names the key in logs and rate limits; never the key itself. */
      id: z.string().regex(/^[\w.-]{1,64}$/, 'must be 1 to 64 letters, digits, dots and dashes'),
      /** SHA-256 of the key, 64 lower-case hex digits. */
      sha256: z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 lower-case hex digits'),
      scopes: z.array(z.enum(KEY_SCOPES)).min(1),
    }),
  )
  .min(1);

type Key = z.infer<typeof keysSchema>[number];

const ANYBODY: Pick<Key, 'id' | 'scopes'> = { id: 'local', scopes: [...CALLER_SCOPES] };

export interface AccessSettings {
  /** JSON: `[{"id": "lab-a", "sha256": "...", "scopes": ["detect"]}, ...]`; several keys make a rotation. */
  readonly keys: string | undefined;
  /** Local development: without keys, anybody may do anything. */
  readonly isLocal: boolean;
  /** Signs who calls, where another tier passes requests on; both tiers have it. */
  readonly callerSecret?: string | undefined;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** What of a request says who calls. */
export interface Asking {
  readonly authorization: string | null | undefined;
  /** The header `X-UniCell-Caller`. */
  readonly passed: string | null | undefined;
  readonly method: string;
  /** Path and query. */
  readonly path: string;
}

/** The keys of a service. */
export class Access {
  readonly #keys: readonly Key[];
  readonly #callerSecret: string | undefined;
  readonly #now: () => number;

  /**
   * @throws {UniCellError} `CONFIGURATION_INVALID` when there are no keys outside local development, or
   *   the setting is not a list of keys.
   */
  constructor({ keys, isLocal, callerSecret, now }: AccessSettings) {
    this.#callerSecret = callerSecret;
    this.#now = now;
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
    if (callerSecret === undefined && this.#keys.some(({ scopes }) => scopes.includes('relay'))) {
      throw new UniCellError(
        'CONFIGURATION_INVALID',
        'A key has the scope relay, and there is no CALLER_SECRET to tell whom it speaks for. Set the same one on the edge and on the GPU service.',
      );
    }
  }

  /** Whether callers need a key. */
  get hasKeys(): boolean {
    return this.#keys.length > 0;
  }

  /** How many callers there are, keys of a rotation not counted. */
  get callers(): number {
    return new Set(this.#keys.map(({ id }) => id)).size;
  }

  /**
   * Finds the caller of a request, also of one that another tier passes on: its id is then
   * `KEY/CALLER`, so that nobody has the id of another, and it may do what both may.
   *
   * @throws {UniCellError} As {@link require}; `UNAUTHORIZED` when a key of the scope `relay` does not say for
   *   whom it asks.
   */
  async requireFor(asking: Asking, scope: Scope): Promise<Caller> {
    const { authorization, passed, method, path } = asking;
    const key = await this.#keyOf(authorization, scope);
    if (!key.scopes.includes('relay')) {
      if (passed && key !== ANYBODY) {
        throw new UniCellError(
          'FORBIDDEN',
          `The key ${key.id} says for whom it asks (X-UniCell-Caller) and has not the scope relay. Give it that scope.`,
        );
      }
      return callerOf(key);
    }
    const request = { method, path, nowMs: this.#now() };
    const { id, scopes } = await readCaller(passed, request, this.#callerSecret!);
    const both = scopes.filter((one) => key.scopes.includes(one));
    const caller = { id: `${key.id}/${id}`, scopes: both };
    requireScope(caller, scope);
    return caller;
  }

  /**
   * Finds the caller of a request that nobody passes on.
   *
   * @param authorization The header.
   * @throws {UniCellError} `UNAUTHORIZED` without a known key, `FORBIDDEN` when it has not the scope.
   */
  async require(authorization: string | null | undefined, scope: Scope): Promise<Caller> {
    return callerOf(await this.#keyOf(authorization, scope));
  }

  async #keyOf(
    authorization: string | null | undefined,
    scope: Scope,
  ): Promise<Pick<Key, 'id' | 'scopes'>> {
    if (this.#keys.length === 0) return ANYBODY;
    const token = /^Bearer +([\x21-\x7e]{1,512})$/i.exec(authorization ?? '')?.[1];
    const caller = token === undefined ? undefined : await this.#find(token);
    if (caller === undefined) {
      throw new UniCellError(
        'UNAUTHORIZED',
        'The request has no valid key. Send the header "Authorization: Bearer KEY".',
      );
    }
    requireScope(caller, scope);
    return caller;
  }

  /** Compares with every key to its last digit, so that time tells nothing. */
  async #find(token: string): Promise<Key | undefined> {
    const hash = await sha256Hex(new TextEncoder().encode(token));
    let found: Key | undefined;
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

function requireScope({ id, scopes }: Pick<Key, 'id' | 'scopes'>, scope: Scope): void {
  if (scopes.includes(scope)) return;
  throw new UniCellError(
    'FORBIDDEN',
    `The key ${id} has the scopes ${scopes.join(', ')}; this needs ${scope}.`,
  );
}

function callerOf({ id, scopes }: Pick<Key, 'id' | 'scopes'>): Caller {
  return { id, scopes: scopes.filter((scope) => scope !== 'relay') };
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
