import type { ApiAdapters } from '../../shared/api/adapters.ts';
import { Access } from '../../shared/api/http/access.ts';
import { RasterSource } from '../../shared/image/raster-source.ts';
import { oracleEngine } from './oracle-engine.ts';
import { testCard } from './test-card.ts';

/** What a tier brings, for tests of routes that run no model: small limits, nothing to decode. */
export function apiForTests({
  keys,
  ...changes
}: Partial<ApiAdapters> & { readonly keys?: string }): ApiAdapters {
  const card = testCard();
  return {
    tier: 'gpu',
    version: '0.0.0',
    limits: {
      bodyBytes: 1000,
      uploadBytes: 4000,
      bodyTimeoutMs: 100,
      pixels: 1000,
      windows: 4,
      scoreWork: 1e8,
    },
    model: {
      card: async () => card,
      precision: async () => 'fp32',
      engine: async () => oracleEngine(card),
    },
    access: () => new Access({ keys, isLocal: keys === undefined, now: () => 0 }),
    allowedOrigins: [],
    decode: () => Promise.reject(new Error('Nothing is decoded here.')),
    open: (raster) => new RasterSource(raster),
    inTurn: (task) => task(),
    send: () => Promise.reject(new Error('There is no network here.')),
    pacs: {
      network: {
        send: () => Promise.reject(new Error('There is no network here.')),
        deadline: (timeoutMs) => AbortSignal.timeout(timeoutMs),
        pause: async () => {},
      },
      credentials: () => undefined,
    },
    now: () => performance.now(),
    deadline: (timeoutMs) => AbortSignal.timeout(timeoutMs),
    pages: {
      playground: '',
      docs: '',
      viewer: '',
      script: async () => '',
      file: async () => new Uint8Array(),
    },
    report: (error) => console.error(error),
    ...changes,
  };
}
