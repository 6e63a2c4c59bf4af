import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';

/** An HTTP server on this machine. */
export async function serveLoopback(
  listener: RequestListener,
): Promise<{ readonly host: string; readonly url: string; close(): Promise<void> }> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  return {
    host: `127.0.0.1:${port}`,
    url: `http://127.0.0.1:${port}`,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
