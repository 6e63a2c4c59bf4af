/**
 * An answer that is not a success, as an error (RFC 9457).
 *
 * @module
 */

/** A problem that a service has told of. */
export class UniCellProblem extends Error {
  override readonly name = 'UniCellProblem';
  /** HTTP status. */
  readonly status: number;
  /** Stable; docs/errors.md lists them. `HTTP_ERROR` where somebody else answered, a proxy for instance. */
  readonly code: string;
  /** To be named when asking for help. */
  readonly requestId: string | undefined;
  /** After which the same request may succeed, if the service said so. */
  readonly retryAfterMs: number | undefined;

  constructor(
    message: string,
    fields: Pick<UniCellProblem, 'status' | 'code' | 'requestId' | 'retryAfterMs'>,
  ) {
    super(message);
    this.status = fields.status;
    this.code = fields.code;
    this.requestId = fields.requestId;
    this.retryAfterMs = fields.retryAfterMs;
  }
}

/** Reads the body of an answer that is no success. */
export async function problemOf(response: Response): Promise<UniCellProblem> {
  const { status, headers } = response;
  const said = parse(await response.text().catch(() => ''));
  const seconds = Number(headers.get('retry-after') ?? Number.NaN);
  return new UniCellProblem(said.detail ?? `The server answered ${status}.`, {
    status,
    code: said.code ?? 'HTTP_ERROR',
    requestId: headers.get('x-request-id') ?? undefined,
    retryAfterMs: seconds >= 0 ? 1000 * seconds : undefined,
  });
}

function parse(text: string): { readonly code?: string; readonly detail?: string } {
  try {
    const { code, detail } = JSON.parse(text) as Record<string, unknown>;
    return {
      ...(typeof code === 'string' ? { code } : {}),
      ...(typeof detail === 'string' ? { detail } : {}),
    };
  } catch {
    return {};
  }
}
