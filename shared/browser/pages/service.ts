/**
 * The service that served the page, asked with the key that the user typed.
 *
 * @module
 */
import { UniCellClient } from '../../client/client.ts';
import { Transport, type TransportRequest } from '../../client/transport.ts';

/** Where the key stays until the tab is closed. */
const STORED_KEY = 'unicell-key';

/** Errors are those of {@link Transport.send}. */
export class Service {
  get key(): string {
    return sessionStorage.getItem(STORED_KEY) ?? '';
  }

  set key(key: string) {
    if (key === '') sessionStorage.removeItem(STORED_KEY);
    else sessionStorage.setItem(STORED_KEY, key);
  }

  /** For requests that something else sends. */
  get headers(): Record<string, string> {
    return this.key === '' ? {} : { authorization: `Bearer ${this.key}` };
  }

  get unicell(): UniCellClient {
    return new UniCellClient(this.#options);
  }

  send(path: string, request?: TransportRequest): Promise<Response> {
    return new Transport(this.#options).send(path, request);
  }

  async json<T>(path: string, request?: TransportRequest): Promise<T> {
    return (await this.send(path, request)).json() as Promise<T>;
  }

  get #options() {
    return { url: '', key: this.key === '' ? undefined : this.key };
  }
}
