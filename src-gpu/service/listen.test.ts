import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Listening, listen } from './listen.ts';

describe('the HTTP server', () => {
  let server: Listening;
  beforeAll(async () => {
    server = await listen(async () => new Response('reached'), '127.0.0.1', 0);
  });
  afterAll(() => server.close(0));

  /** What comes back for a request of these bytes. */
  async function answerTo(head: string): Promise<string> {
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
    await once(socket, 'connect');
    socket.end(`${head}\r\nConnection: close\r\n\r\n`);
    return text(socket);
  }

  it('answers what it can read', async () => {
    expect(await answerTo('GET /v1/jobs?a=%5C HTTP/1.1\r\nHost: 127.0.0.1')).toMatch(/reached/);
  });

  it.each([
    ['a backslash in its path', 'GET /v1\\jobs HTTP/1.1\r\nHost: 127.0.0.1'],
    ['a host that is none', 'GET /v1/jobs HTTP/1.1\r\nHost: a b/c'],
    ['another scheme', 'GET ftp://127.0.0.1/v1/jobs HTTP/1.1\r\nHost: 127.0.0.1'],
  ])('says what is wrong with a request with %s', async (_, head) => {
    const answer = await answerTo(head);
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).toMatch(/content-type: application\/problem\+json/i);
    const problem = JSON.parse(answer.slice(answer.indexOf('{'), answer.lastIndexOf('}') + 1));
    expect(problem).toMatchObject({ status: 400, code: 'INVALID_OPTIONS' });
    expect(problem.detail).toMatch(/cannot be read/);
  });
});
