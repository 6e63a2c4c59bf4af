/**
 * Where chunks, exports and uploads lie: a folder on one machine, an S3-compatible store for many.
 *
 * @module
 */
import type { ScratchFile } from './scratch-file.ts';

/** Bytes, at once or in parts that are made while they are written. */
export type BlobContent = Uint8Array | Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

/** Keys are paths of letters, digits, `.`, `_`, `-` and `/`, without `..`. */
export interface BlobStore {
  /**
   * Writes a whole blob, or nothing: readers never see a part of it. Writing the same key again replaces
   * it.
   *
   * @throws {UniCellError} `OUTPUT_UNWRITABLE`, for instance on a full disk; nothing is left behind.
   */
  put(
    key: string,
    content: BlobContent,
    signal?: AbortSignal,
  ): Promise<{ readonly bytes: number; readonly sha256: string }>;
  /** The blob or a part of it, `end` excluded; `undefined` when there is none. */
  get(
    key: string,
    range?: { readonly start: number; readonly end: number },
    signal?: AbortSignal,
  ): Promise<ReadableStream<Uint8Array> | undefined>;
  bytes(key: string): Promise<Uint8Array | undefined>;
  size(key: string): Promise<number | undefined>;
  /** Keys below a prefix, in order. */
  list(prefix: string): AsyncIterable<string>;
  remove(prefix: string): Promise<void>;
  /**
   * A path on this machine that holds the blob, fetched there if need be; for readers that need files.
   *
   * @throws {UniCellError} `CANCELED` at once after `signal`.
   */
  localPath(key: string, signal?: AbortSignal): Promise<string | undefined>;
  /**
   * A new file on a disk of this machine for what somebody works with meanwhile; whoever takes it closes it.
   *
   * @throws {UniCellError} `OUTPUT_UNWRITABLE`.
   */
  scratch(): Promise<ScratchFile>;
  check(): Promise<void>;
  close(): Promise<void>;
}
