/**
 * Name-based UUIDs, version 5 (RFC 9562, section 5.5): the same namespace and name give the same id
 * everywhere.
 *
 * @module
 */
import { paddedLength, sha1 } from './sha1.ts';

const LENGTH = 16;

/**
 * Makes the ids of one namespace.
 *
 * @example
 * const ids = new NameUuids(uuidBytes('6ba7b810-9dad-11d1-80b4-00c04fd430c8'));
 * ids.of(new TextEncoder().encode('www.example.com')); // 2ed6657d-e927-568b-95e1-2665a8aea6a2
 */
export class NameUuids {
  readonly #hash = new Uint8Array(20);
  readonly #namespace: Uint8Array;
  #message = new Uint8Array(0);

  /** @param namespace A UUID as 16 bytes. */
  constructor(namespace: Uint8Array) {
    this.#namespace = namespace.slice();
  }

  /** The id of a name, as 16 bytes that the next call overwrites. */
  of(name: Uint8Array): Uint8Array {
    const length = LENGTH + name.length;
    if (this.#message.length < paddedLength(length)) {
      this.#message = new Uint8Array(paddedLength(length));
      this.#message.set(this.#namespace);
    }
    this.#message.set(name, LENGTH);
    sha1(this.#message, length, this.#hash);
    const id = this.#hash.subarray(0, LENGTH);
    id[6] = 0x50 | (id[6]! & 0x0f);
    id[8] = 0x80 | (id[8]! & 0x3f);
    return id;
  }
}

/** The 16 bytes of a UUID in its usual form. */
export function uuidBytes(uuid: string): Uint8Array {
  return Uint8Array.from(uuid.replaceAll('-', '').match(/../g)!, (hex) => Number.parseInt(hex, 16));
}
