/**
 * What a DICOMweb client needs of the runtime it is in.
 *
 * @module
 */

/** One request of a client. */
export interface DicomwebRequest {
  readonly method?: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: ReadableStream<Uint8Array>;
  readonly signal: AbortSignal;
}

export interface DicomwebNetwork {
  /**
   * Sends a request and follows its redirects. It decides which addresses may be reached, and keeps
   * `Authorization` from other hosts than the first.
   *
   * @throws {UniCellError} `SOURCE_FORBIDDEN`; any other error counts as a server that does not answer.
   */
  send(url: string, request: DicomwebRequest): Promise<Response>;
  /** Aborted after that time. */
  deadline(timeoutMs: number): AbortSignal;
  /** Resolves after that time. */
  pause(ms: number): Promise<void>;
}
