/**
 * Answers in the Cache API of the data centre, by the hash of what decides them.
 *
 * @module
 */

import { waitUntil } from 'cloudflare:workers';
import type { AnswerCache } from '../shared/api/adapters.ts';

/** The Cache API keeps only what says that anybody may have it; the key is a secret of its owner. */
const STORED = 'public, max-age=86400';
const ANSWERED = 'private, immutable, max-age=31536000';

export const edgeCache: AnswerCache = {
  async find(key) {
    const found = await caches.default.match(requestFor(key));
    if (!found) return undefined;
    const answer = new Response(found.body, found);
    answer.headers.set('cache-control', ANSWERED);
    answer.headers.set('x-unicell-cache', 'hit');
    return answer;
  },
  async store(key, answer) {
    const stored = new Response(answer.body, answer);
    stored.headers.set('cache-control', STORED);
    stored.headers.delete('server-timing');
    // The Cache API refuses answers that vary by anything but the encoding; the key has the format.
    stored.headers.delete('vary');
    waitUntil(caches.default.put(requestFor(key), stored));
  },
};

function requestFor(key: string): Request {
  return new Request(`https://answers.unicell.invalid/${key}`);
}
