import { afterAll } from 'vitest';
import { type PlainStart, type PlainWorkerd, startPlainWorkerd } from './plain-workerd.ts';
import { type EdgeStart, type RunningService, startEdge, withDocs } from './start-edge.ts';

/** Starts the Worker for the tests of the calling file. */
export async function edgeForTests(start: PlainStart = {}): Promise<PlainWorkerd> {
  const models = start.models === undefined ? {} : { models: withDocs(start.models) };
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
