/**
 * What happens to a job, as it happens.
 *
 * @module
 */
import { EventLines, type ServerEvent } from '../../../event-lines.ts';
import type { Client } from './client.ts';

const AGAIN_MS = 3000;

/**
 * Tells the events of a job until it has ended, over broken connections.
 *
 * @throws {ProblemError} when the job is gone.
 */
export async function* jobEvents(
  client: Client,
  id: string,
  signal: AbortSignal,
): AsyncGenerator<ServerEvent> {
  let lastId = '0';
  while (!signal.aborted) {
    try {
      const headers = { 'last-event-id': lastId };
      const response = await client.fetch(`/v1/jobs/${id}/events`, { headers, signal });
      if (response.status === 204) return;
      for await (const event of eventsOf(response)) {
        lastId = event.id;
        yield event;
      }
    } catch (error) {
      // A connection that breaks is a TypeError; what the service says is to be heard.
      if (signal.aborted) return;
      if (!(error instanceof TypeError)) throw error;
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    }
  }
}

async function* eventsOf(response: Response): AsyncGenerator<ServerEvent> {
  const lines = new EventLines();
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    yield* lines.take(value);
  }
}
