import type { UniCellClient } from '../../shared/client/client.ts';

/** What the tools work with. */
export interface McpContext {
  /** As the caller: with the caller's key, and so with the caller's limits. */
  readonly client: UniCellClient;
  readonly files: McpFiles;
  readonly version: string;
}

/** The pictures and slides that may be named by their paths. */
export interface McpFiles {
  /** Absolute. */
  readonly folders: readonly string[];
  /**
   * The real path of a file below one of the folders.
   *
   * @throws {UniCellError} `SOURCE_FORBIDDEN`, `SOURCE_NOT_FOUND`.
   */
  find(path: string): Promise<string>;
  /** Whether the service reads the same folders; else slides are sent to it. */
  readonly isShared: boolean;
}
