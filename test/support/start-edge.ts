/**
 * The real Worker on this machine: bundled by wrangler, run by workerd, with the tiny model or a shipped one.
 *
 * @module
 */

import { copyFileSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { unstable_startWorker } from 'wrangler';
import { pageFiles } from '../../shared/browser/page-files.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

export interface RunningService {
  /** Without a slash at its end. */
  readonly url: string;
  readonly close: () => Promise<void>;
}

export interface EdgeStart {
  /** Folder whose subfolders are models. */
  readonly models?: string;
  readonly variables?: Readonly<Record<string, string>>;
  /** Requests of one key in a number of seconds. */
  readonly rateLimit?: { readonly limit: number; readonly period: 10 | 60 };
}

/** The folder of models with what pages load, as `src-edge/build-assets.ts` puts it. */
export function withPages(models: string): string {
  for (const [name, file] of pageFiles()) {
    mkdirSync(join(models, dirname(name)), { recursive: true });
    copyFileSync(file, join(models, name));
  }
  return models;
}

/** Starts the Worker on a free port of this machine. */
export async function startEdge({
  models,
  variables = {},
  rateLimit,
}: EdgeStart): Promise<RunningService> {
  // Without these, wrangler asks the internet for sample data and sends statistics.
  process.env.CLOUDFLARE_CF_FETCH_ENABLED = 'false';
  process.env.WRANGLER_SEND_METRICS = 'false';
  const limits = rateLimit && {
    RATE_LIMIT: String(rateLimit.limit),
    RATE_LIMIT_WINDOW_S: String(rateLimit.period),
  };
  const bindings = Object.entries({ ...variables, ...limits }).map(([name, value]) => [
    name,
    { type: 'plain_text' as const, value },
  ]);
  const worker = await unstable_startWorker({
    config: join(root, 'wrangler.toml'),
    ...(models === undefined ? {} : { assets: withPages(models) }),
    bindings: {
      ...Object.fromEntries(bindings),
      ...(rateLimit && {
        RATE_LIMITER: { type: 'ratelimit' as const, namespace_id: '1', simple: rateLimit },
      }),
    },
    dev: {
      server: { hostname: '127.0.0.1', port: 0 },
      inspector: false,
      logLevel: 'error',
      persist: false,
      watch: false,
    },
  });
  await worker.ready;
  const { port } = await worker.url;
  return { url: `http://127.0.0.1:${port}`, close: () => worker.dispose() };
}
