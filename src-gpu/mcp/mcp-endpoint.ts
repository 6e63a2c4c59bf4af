/**
 * The tools over HTTP: `/mcp` of the service.
 *
 * @module
 */
import { createMcpHandler } from '@modelcontextprotocol/server';
import { UniCellClient } from '../../shared/client/client.ts';
import { findAllowedPath } from '../jobs/source/allowed-path.ts';
import { mcpServer } from './mcp-server.ts';

/** Calls of tools are small: pictures and slides are named, not sent. */
const MAX_BODY_BYTES = 2 ** 20;

export interface McpEndpointOptions {
  /** The HTTP interface of the service, without a network between. */
  readonly ask: (request: Request) => Response | Promise<Response>;
  /** Refuses who has no key that may detect: they learn so at once, and not from every tool. */
  readonly admit: (request: Request) => Promise<unknown>;
  readonly slideFolders: readonly string[];
  readonly version: string;
}

/**
 * Serves the Model Context Protocol. Every call of a tool is a request of the caller to the HTTP interface, with the
 * caller's key: what a key may do, and how often, is the same on both ways.
 *
 * @throws {UniCellError} What `admit` throws.
 */
export function mcpEndpoint({ ask, admit, slideFolders, version }: McpEndpointOptions) {
  return async (request: Request): Promise<Response> => {
    await admit(request);
    const authorization = request.headers.get('authorization');
    const asCaller = (path: string | URL | Request, init?: RequestInit) => {
      const asked = new Request(path, init);
      const host = request.headers.get('host');
      if (authorization !== null) asked.headers.set('authorization', authorization);
      if (host !== null) asked.headers.set('host', host);
      return Promise.resolve(ask(asked));
    };
    const { origin } = new URL(request.url);
    const handler = createMcpHandler(
      () =>
        mcpServer({
          client: new UniCellClient({ url: origin, fetch: asCaller, retries: 0 }),
          version,
          files: {
            folders: slideFolders,
            isShared: true,
            find: (path) => findAllowedPath(path, slideFolders),
          },
        }),
      { maxRequestBodySize: MAX_BODY_BYTES },
    );
    return handler.fetch(request);
  };
}
