/**
 * The edge: a Cloudflare Worker that finds nuclei in a field of view, and hands over what is heavy.
 *
 * @module
 */

import { waitUntil } from 'cloudflare:workers';
import overlayScript from '../out/scripts/overlay.js.txt';
import playgroundScript from '../out/scripts/playground.js.txt';
import tiffScript from '../out/scripts/tiff.js.txt';
import viewerScript from '../out/scripts/viewer.js.txt';
import software from '../package.json' with { type: 'json' };
import type { ApiAdapters, PageScript } from '../shared/api/adapters.ts';
import { buildApi } from '../shared/api/app.ts';
import { Access } from '../shared/api/http/access.ts';
import { HandOver } from '../shared/api/http/hand-over.ts';
import { problemResponse } from '../shared/api/http/problem.ts';
import { checkedNetwork } from '../shared/api/sources/checked-network.ts';
import docs from '../shared/browser/docs.html';
import playground from '../shared/browser/playground.html';
import viewer from '../shared/browser/viewer.html';
import { parseCredentials } from '../shared/dicomweb/credentials.ts';
import { RasterSource } from '../shared/image/raster-source.ts';
import { AdmissionControl } from './admission-control.ts';
import { edgeCache } from './answer-cache.ts';
import { noteArrival } from './engine/give-way.ts';
import { assetSource, bucketSource } from './engine/model-source.ts';
import { RunQueue } from './engine/run-queue.ts';
import { EdgeModel } from './engine/wasm-engine.ts';
import { heapBytes } from './engine/wasm-runtime.ts';
import { decodeImage } from './image/decode-image.ts';
import { pageFile } from './page-file.ts';
import { bindingLimiter } from './rate-limiter.ts';
import { type EdgeBindings, readSettings } from './settings.ts';

const SCRIPTS: Readonly<Record<PageScript, string>> = {
  'viewer/viewer.js': viewerScript,
  'viewer/overlay.js': overlayScript,
  'playground/playground.js': playgroundScript,
  'playground/tiff.js': tiffScript,
};

let app: ReturnType<typeof buildEdge> | undefined;

export default {
  async fetch(request: Request, env: EdgeBindings): Promise<Response> {
    try {
      app ??= buildEdge(env);
    } catch (error) {
      return problemResponse(error, new URL(request.url).pathname, crypto.randomUUID());
    }
    noteArrival();
    return app.fetch(request);
  },
};

function buildEdge(env: EdgeBindings): ReturnType<typeof buildApi> {
  const adapters = edgeAdapters(env);
  const edge = buildApi(adapters);
  if (env.UNICELL_ENV === 'local') {
    // For the memory test and the benchmark.
    edge.get('/debug/heap', (c) => c.json({ heapBytes: heapBytes() }));
  }
  return edge;
}

async function pause(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms));
}

/** A second or two, of the 30 that an isolate has: scores run where requests are answered. */
const SCORE_WORK = 1e8;

function edgeAdapters(env: EdgeBindings): ApiAdapters {
  const settings = readSettings(env);
  const { isLocal, model, gpuUrl } = settings;
  const now = () => Date.now();
  const deadline = (timeoutMs: number) => AbortSignal.timeout(timeoutMs);
  const queue = new RunQueue({ places: settings.queuePlaces, waitMs: settings.queueWaitMs });
  const admission = new AdmissionControl({
    places: settings.queuePlaces + 1,
    uploads: settings.uploads,
    bytes: 2 * settings.bodyBytes,
    lostMs: settings.bodyTimeoutMs + 3 * settings.queueWaitMs,
    now,
  });
  const { RATE_LIMITER: limiter } = env;
  let access: Access | undefined;
  return {
    tier: 'edge',
    version: software.version,
    limits: {
      bodyBytes: settings.bodyBytes,
      bodyTimeoutMs: settings.bodyTimeoutMs,
      pixels: settings.pixels,
      windows: settings.windows,
      scoreWork: SCORE_WORK,
      preferredWindows: settings.preferredWindows,
      // Memory: the heap of a run grows with the batch, and one thread gains nothing by it.
      batch: 1,
    },
    model: new EdgeModel(
      env.MODELS ? bucketSource(env.MODELS, model) : assetSource(env.ASSETS, model),
      settings.precision,
    ),
    access: () => {
      access ??= new Access({
        keys: env.API_KEYS,
        isLocal,
        callerSecret: settings.callerSecret,
        now,
      });
      return access;
    },
    rateLimiter: limiter && bindingLimiter(limiter, settings.ratePolicy, now),
    allowedOrigins: settings.allowedOrigins,
    decode: decodeImage,
    open: (raster) => new RasterSource(raster),
    enter: (bytes) => admission.enter(bytes),
    inTurn: (task) => {
      const answer = queue.run(task);
      // When the client goes, the run still ends and hands its turn on.
      waitUntil(answer.catch(() => {}));
      return answer;
    },
    send: (url, signal) => fetch(url, { redirect: 'manual', signal }),
    pacs: {
      network: checkedNetwork((url, init) => fetch(url, init), { deadline, pause }),
      credentials: parseCredentials(env.DICOMWEB_CREDENTIALS),
    },
    now,
    deadline,
    handOver:
      gpuUrl === undefined
        ? undefined
        : new HandOver({
            url: gpuUrl,
            key: env.GPU_SERVICE_KEY,
            callerSecret: settings.callerSecret,
            timeoutMs: settings.gpuTimeoutMs,
            streamTimeoutMs: settings.gpuStreamTimeoutMs,
            now,
            deadline,
            fetch: (url, init) => fetch(url, init),
          }),
    cache: settings.isCaching ? edgeCache : undefined,
    pages: {
      ...{ playground, docs, viewer },
      script: async (name) => SCRIPTS[name],
      file: (name) => pageFile(env.ASSETS, name),
    },
    report: (error, requestId) => console.error(`request ${requestId}:`, error),
  };
}
