/**
 * Clients that mean harm, one of each kind: each sends again when it has been answered, after a short pause.
 *
 * @module
 */
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { streamFor } from '../../../shared/random.ts';
import { hostileRequests } from '../../api/hostile-requests.ts';
import { pngBomb } from '../../support/bomb.ts';
import { mutated } from '../../support/mutate-bytes.ts';

export interface HostileTarget {
  readonly url: string;
  readonly key: string;
  /** A slide that jobs may name by path. */
  readonly slide: string;
  /** A small one, as PNG. */
  readonly image: Uint8Array<ArrayBuffer>;
}

/** One attack; resolves when it has been answered. */
type Attack = (target: HostileTarget, round: number) => Promise<unknown>;

const PAUSE_MS = 1000;
/** Connections that a client holds open and hardly uses. */
const HELD = 100;
const HOLD_MS = 20_000;

/** By kind. */
export const attacks: Readonly<Record<string, Attack>> = {
  ...Object.fromEntries(
    hostileRequests.map(({ name, query, headers, body }) => [
      name,
      (target: HostileTarget) => post(target, `/v1/detect?${query}`, body, headers),
    ]),
  ),
  'a region of twenty thousand zigzags': (target) => {
    const zigzag = Array.from({ length: 20_000 }, (_, i) => [i / 4, i % 2 === 0 ? 0 : 5000]);
    return estimate(target, [...zigzag, [5000, 5001], [0, 5001], [0, 0]]);
  },
  'a score of points far apart': (target) => {
    const points = (shift: number) =>
      Array.from({ length: 2000 }, (_, i) => ({
        x: i * 500 + shift,
        y: i * 300,
        class: 'epithelial',
      }));
    const pairs = [{ truth: points(0), predictions: points(90) }];
    const body = JSON.stringify({ dataset: 'consep', mpp: 0.5, images: pairs });
    return post(target, '/v1/score', body, { 'content-type': 'application/json' });
  },
  'a picture that promises gigapixels': (target) =>
    post(target, '/v1/detect?mpp=0.5', new Uint8Array(pngBomb(50_000, 50_000)), {
      'content-type': 'image/png',
    }),
  'damaged pictures': (target, round) => {
    const { bytes } = mutated(target.image, streamFor(round, 'hostile client'));
    return post(target, '/v1/detect?mpp=0.5&dataset=consep', bytes, {
      'content-type': 'image/png',
    });
  },
  'forged addresses of slides': (target, round) => {
    const hosts = ['127.0.0.1', '[::1]', '169.254.169.254', '0x7f.1', 'localhost', '10.0.0.1'];
    const source = { type: 'url', url: `https://${hosts[round % hosts.length]}/a.svs` };
    return post(target, '/v1/jobs', JSON.stringify({ source }), {
      'content-type': 'application/json',
    });
  },
  'wrong keys': async ({ url }, round) => {
    const headers = { authorization: `Bearer ${round}` };
    await (await fetch(`${url}/v1/jobs`, { headers })).arrayBuffer();
  },
  'requests that never end': (target) => hold(target, 'GET /v1/models HTTP/1.1\r\nHost: a\r\nX-'),
  'bodies that never come': ({ url, key, ...target }) =>
    hold(
      { url, key, ...target },
      `POST /v1/detect?mpp=0.5 HTTP/1.1\r\nHost: ${new URL(url).host}\r\nAuthorization: Bearer ${key}\r\n` +
        'Content-Type: image/png\r\nContent-Length: 100000\r\n\r\n\x89PNG',
    ),
};

/** Those that cost connections and time, and no work. */
export const HELD_KINDS = ['requests that never end', 'bodies that never come'];

/** Lets one client of each kind loose until the signal. @returns How many attacks were answered. */
export async function attack(target: HostileTarget, signal: AbortSignal): Promise<number> {
  let answered = 0;
  const kinds = Object.values(attacks);
  const client = async (one: Attack, place: number) => {
    await sleep((place / kinds.length) * PAUSE_MS);
    for (let round = 0; !signal.aborted; round++) {
      // A connection that the service ends is an answer too.
      await one(target, round).catch(() => {});
      answered++;
      await sleep(PAUSE_MS, undefined, { signal }).catch(() => {});
    }
  };
  await Promise.all(kinds.map(client));
  return answered;
}

async function post(
  { url, key }: HostileTarget,
  path: string,
  body: RequestInit['body'],
  headers: Readonly<Record<string, string>>,
): Promise<void> {
  const authorization = `Bearer ${key}`;
  const init = { method: 'POST', headers: { ...headers, authorization }, body: body ?? null };
  await (await fetch(`${url}${path}`, init)).arrayBuffer();
}

function estimate(target: HostileTarget, ring: readonly (readonly number[])[]): Promise<void> {
  const source = { type: 'path', path: target.slide };
  const regions = [{ type: 'Polygon', coordinates: [ring] }];
  const body = JSON.stringify({ source, dataset: 'consep', mpp: 0.5, regions });
  return post(target, '/v1/estimate', body, { 'content-type': 'application/json' });
}

/** Opens connections, sends a start on each, then a byte now and then. */
async function hold({ url }: HostileTarget, start: string): Promise<void> {
  const { hostname, port } = new URL(url);
  const sockets = Array.from({ length: HELD }, () => {
    const socket = connect(Number(port), hostname, () => socket.write(start, 'latin1'));
    return socket.on('error', () => {});
  });
  const timer = setInterval(() => {
    for (const socket of sockets) if (socket.writable) socket.write('a');
  }, 1000);
  await sleep(HOLD_MS);
  clearInterval(timer);
  for (const socket of sockets) socket.destroy();
}
