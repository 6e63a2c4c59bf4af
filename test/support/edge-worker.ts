import { afterAll } from 'vitest';
import { type EdgeStart, type RunningService, startEdge } from './start-edge.ts';

/** Starts the Worker for the tests of the calling file. */
export async function edgeForTests(start: EdgeStart): Promise<RunningService> {
  const service = await startEdge(start);
  afterAll(() => service.close());
  return service;
}
