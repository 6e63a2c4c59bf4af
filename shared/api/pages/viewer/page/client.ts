/**
 * Requests to the service that served the page, with the key that the user typed.
 *
 * @module
 */

/** Where the key stays until the tab is closed. */
const STORED_KEY = 'unicell-key';

/** What the service answers when it does not do what was asked: an RFC 9457 problem. */
export class ProblemError extends Error {
  readonly code: string;
  readonly status: number;

  constructor(status: number, code: string, detail: string) {
    super(`${detail} (${code})`);
    this.status = status;
    this.code = code;
  }
}

export class Client {
  get key(): string {
    return sessionStorage.getItem(STORED_KEY) ?? '';
  }

  set key(key: string) {
    if (key === '') sessionStorage.removeItem(STORED_KEY);
    else sessionStorage.setItem(STORED_KEY, key);
  }

  headers(): Record<string, string> {
    return this.key === '' ? {} : { authorization: `Bearer ${this.key}` };
  }

  /** @throws {ProblemError} for every answer that is no success. */
  async fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const response = await fetch(path, {
      ...init,
      headers: { ...this.headers(), ...init.headers },
    });
    if (response.ok) return response;
    const problem = await response.json().catch(() => ({}));
    throw new ProblemError(
      response.status,
      problem.code ?? String(response.status),
      problem.detail ?? `The service answered ${response.status} ${response.statusText}.`,
    );
  }

  async json<T>(path: string, init?: RequestInit): Promise<T> {
    return (await this.fetch(path, init)).json() as Promise<T>;
  }

  send<T>(
    method: string,
    path: string,
    body: unknown,
    headers: Record<string, string> = {},
  ): Promise<T> {
    return this.json<T>(path, {
      method,
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  }
}
