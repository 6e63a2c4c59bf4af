/**
 * A service that stands where the GPU service would: it counts what comes and answers as told.
 *
 * @module
 */

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll } from 'vitest';

export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly bytes: number;
}

export interface GpuStandIn {
  readonly url: string;
  readonly seen: SeenRequest[];
  /** How it answers once the body has come; the default is a small JSON. */
  answer: (request: SeenRequest, response: ServerResponse) => void;
}

export async function gpuStandIn(): Promise<GpuStandIn> {
  const seen: SeenRequest[] = [];
  const server = createServer((request, response) => {
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
    });
    request.on('end', () => {
      const one = { method: request.method!, url: request.url!, headers: request.headers, bytes };
      seen.push(one);
      service.answer(one, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const service: GpuStandIn = {
    url: `http://127.0.0.1:${port}`,
    seen,
    answer: (one, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'x-unicell-tier': 'gpu' });
      response.end(JSON.stringify({ tier: 'gpu', bytes: one.bytes }));
    },
  };
  return service;
}
