/**
 * The HTTP server, and how it stops without dropping anybody.
 *
 * @module
 */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener, RequestError } from '@hono/node-server';
import { problemResponse } from '../../shared/api/http/problem.ts';
import { UniCellError } from '../../shared/errors.ts';
import type { Fetch } from './observe.ts';

/** How long a client may take for its headers. Bodies have a limit of their own. */
const HEADERS_TIMEOUT_MS = 30_000;
/** Longer than that of usual load balancers, so that they close connections first. */
const KEEP_ALIVE_MS = 75_000;
/** Between looks for connections that have become idle. */
const DRAIN_STEP_MS = 50;

export interface Listening {
  /** Without a slash at its end. */
  readonly url: string;
  /**
   * Takes no more connections, and resolves when all have ended.
   *
   * @returns Whether they ended by themselves; after `timeoutMs` they are cut.
   */
  close(timeoutMs: number): Promise<boolean>;
}

/**
 * Starts to listen.
 *
 * @throws {UniCellError} `CONFIGURATION_INVALID` when the address cannot be had.
 */
export async function listen(fetch: Fetch, host: string, port: number): Promise<Listening> {
  const answer = getRequestListener(fetch, { hostname: host, errorHandler: unreadable });
  const server = createServer(
    {
      headersTimeout: HEADERS_TIMEOUT_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
      // A slide may take hours to come; its body is watched while it is read.
      requestTimeout: 0,
    },
    answer,
  );
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const message = `The service cannot listen on ${host}:${port} (${cause.code}). Set HOST and PORT to a free address of this machine.`;
      reject(new UniCellError('CONFIGURATION_INVALID', message, { cause }));
    });
    server.listen(port, host, resolve);
  });
  const { address, port: bound, family } = server.address() as AddressInfo;
  const name = family === 'IPv6' ? `[${address}]` : address;
  return { url: `http://${name}:${bound}`, close: (timeoutMs) => close(server, timeoutMs) };
}

/** What comes before any route: a request whose address is none. */
function unreadable(error: unknown): Response {
  const known =
    error instanceof RequestError
      ? new UniCellError(
          'INVALID_OPTIONS',
          `The address of the request cannot be read: ${error.message}. Send a Host, and a path as RFC 3986 has it; a backslash in it is %5C.`,
          { cause: error },
        )
      : error;
  return problemResponse(known, '/', crypto.randomUUID());
}

function close(server: Server, timeoutMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    let isCut = false;
    // A connection whose answer ends now would stay open for the next request.
    const idle = setInterval(() => server.closeIdleConnections(), DRAIN_STEP_MS);
    const cut = setTimeout(() => {
      isCut = true;
      server.closeAllConnections();
    }, timeoutMs);
    server.close(() => {
      clearInterval(idle);
      clearTimeout(cut);
      resolve(!isCut);
    });
  });
}
