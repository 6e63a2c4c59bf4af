/**
 * A server between a client and another one that answers some requests otherwise, once or always.
 *
 * @module
 */
import { createServer, type IncomingMessage, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface AlteredAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Whether the request is passed on all the same, and its true answer thrown away. */
  readonly after?: boolean;
}

/** What to answer in place of the server, or undefined to pass the request on. */
export type Alter = (method: string, url: URL) => AlteredAnswer | 'silence' | undefined;

export interface AlteringProxy {
  /** Without a slash at its end. */
  readonly origin: string;
  alter: Alter;
  /** Method and path of every request so far. */
  readonly seen: string[];
  close(): Promise<void>;
}

/** @param target Origin of the server behind. Headers go to it as they came, `Host` included. */
export async function startAlteringProxy(target: string): Promise<AlteringProxy> {
  const { hostname, port } = new URL(target);
  const server = createServer((incoming, outgoing) => {
    const url = new URL(incoming.url!, target);
    proxy.seen.push(`${incoming.method} ${url.pathname}${url.search}`);
    const altered = proxy.alter(incoming.method!, url);
    if (altered === 'silence') return;
    const answer = (status: number, headers: IncomingMessage['headers'], body?: string) => {
      outgoing.writeHead(status, headers);
      outgoing.end(body);
    };
    if (altered && !altered.after) {
      incoming.resume();
      incoming.on('end', () => answer(altered.status, altered.headers ?? {}, altered.body));
      return;
    }
    const { method, headers, url: path } = incoming;
    const onward = send({ hostname, port, path, method, headers }, (response) => {
      if (!altered) {
        outgoing.writeHead(response.statusCode!, response.headers);
        response.pipe(outgoing);
        return;
      }
      response.resume();
      response.on('end', () => answer(altered.status, altered.headers ?? {}, altered.body));
    });
    onward.on('error', () => outgoing.destroy());
    incoming.pipe(onward);
  });
  const proxy = {
    origin: '',
    alter: (() => undefined) as Alter,
    seen: [] as string[],
    close: () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  proxy.origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return proxy;
}
