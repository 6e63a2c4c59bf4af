import { afterAll } from 'vitest';
import { useFreshConnections } from './fresh-connections.ts';
import { type PlainStart, type PlainWorkerd, startPlainWorkerd } from './plain-workerd.ts';
import { type EdgeStart, type RunningService, startEdge, withPages } from './start-edge.ts';

useFreshConnections();

/** Starts the Worker for the tests of the calling file. */
export async function edgeForTests(start: PlainStart = {}): Promise<PlainWorkerd> {
  const models = start.models === undefined ? {} : { models: withPages(start.models) };
  const worker = await startPlainWorkerd({ ...start, ...models });
  afterAll(() => worker.close());
  return worker;
}

/**
 * The same by wrangler, which bundles it anew and simulates the services that Cloudflare binds to it: a cache and
 * rate limits. That takes eight times as long.
 */
export async function wranglerForTests(start: EdgeStart): Promise<RunningService> {
  const service = await startEdge(start);
  afterAll(() => service.close());
  return service;
}
