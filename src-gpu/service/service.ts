/**
 * The GPU service: a model, jobs and an HTTP server in one process.
 *
 * @module
 */
import software from '../../package.json' with { type: 'json' };
import { buildApi } from '../../shared/api/app.ts';
import { Access } from '../../shared/api/http/access.ts';
import { Places } from '../admission/places.ts';
import { makeOwnFolder } from '../blobs/own-folder.ts';
import type { EngineHost } from '../engine/engine-host.ts';
import { openEngineHost } from '../engine/open-engine-host.ts';
import { Outbound } from '../jobs/source/outbound.ts';
import { outboundNetwork } from '../jobs/source/outbound-network.ts';
import { readPacsCredentials } from '../jobs/source/pacs-credentials.ts';
import { mcpEndpoint } from '../mcp/mcp-endpoint.ts';
import { apiAdapters } from './api-adapters.ts';
import { Cleanup } from './cleanup.ts';
import { openJobNode } from './job-node.ts';
import { listen } from './listen.ts';
import type { Log } from './log.ts';
import { Metrics } from './metrics.ts';
import { onlyMetrics, withMetrics } from './metrics-guard.ts';
import { type Fetch, observed } from './observe.ts';
import type { Jobs } from './open-jobs.ts';
import { readPages } from './pages.ts';
import { readinessOf } from './readiness.ts';
import { openRequestFolder } from './request-folder.ts';
import { printableSettings, type ServiceSettings } from './settings.ts';
import { Stages } from './stages.ts';
import { startTracing } from './tracing.ts';
import { workerApp } from './worker-app.ts';

/** Between looks at whether the engine still works. */
const ENGINE_CHECK_MS = 1000;

export interface Service {
  /** Without a slash at its end. */
  readonly url: string;
  /** Where `/metrics` is, when it has a port of its own. */
  readonly metricsUrl: string | undefined;
  /** Resolves with the reason when the process must be started again. */
  readonly broken: Promise<string>;
  /**
   * Takes nothing new, lets what runs end, gives work on slides back to others.
   *
   * @returns Whether everything ended within `DRAIN_TIMEOUT_MS`.
   */
  stop(): Promise<boolean>;
}

/**
 * Starts the service.
 *
 * @throws {UniCellError} `CONFIGURATION_INVALID`, `OUTPUT_UNWRITABLE` and what opening the model throws.
 */
export async function startService(settings: ServiceSettings, log: Log): Promise<Service> {
  const cleanup = new Cleanup((err) => log.error({ err }, 'could not be closed'));
  try {
    return await start(settings, log, cleanup);
  } catch (error) {
    await cleanup.run();
    throw error;
  }
}

async function start(settings: ServiceSettings, log: Log, cleanup: Cleanup): Promise<Service> {
  log.info({ settings: printableSettings(settings), version: software.version }, 'starting');
  const access = new Access({
    keys: settings.API_KEYS,
    isLocal: settings.UNICELL_ENV === 'local',
    callerSecret: settings.CALLER_SECRET,
    now: () => Date.now(),
  });
  cleanup.add(
    await startTracing({
      endpoint: settings.OTEL_EXPORTER_OTLP_ENDPOINT,
      serviceName: settings.OTEL_SERVICE_NAME,
      version: software.version,
    }),
  );
  const metrics = new Metrics();
  const stages = new Stages(metrics.observeStage);
  const host = stages.host(await openModel(settings, log));
  cleanup.add(() => host.close());
  // Slides and results are for the service alone.
  await makeOwnFolder(
    settings.DATA_FOLDER,
    'Set DATA_FOLDER to a folder that the service can write to',
  );
  const jobs = await openJobNode(settings, host, stages, log);
  cleanup.add(() => jobs.close());
  const stopping = new AbortController();
  const parts: Parts = { settings, log, access, metrics, stages, host, jobs, stopping };
  const app = await application(parts, cleanup);
  const { METRICS_PORT, METRICS_HOST } = settings;
  const fetch = METRICS_PORT === undefined ? withMetrics(app, metrics, access) : app;
  const server = await listen(observed(fetch, log, metrics), settings.HOST, settings.PORT);
  cleanup.add(() => server.close(0));
  const figures =
    METRICS_PORT === undefined
      ? undefined
      : await listen(onlyMetrics(metrics), METRICS_HOST, METRICS_PORT);
  if (figures) cleanup.add(() => figures.close(0));
  log.info({ url: server.url, metricsUrl: figures?.url, provider: host.provider }, 'listening');
  return {
    url: server.url,
    metricsUrl: figures?.url,
    broken: failureOf(host, stopping.signal),
    async stop() {
      stopping.abort();
      log.info('draining');
      const isDone = await server.close(settings.DRAIN_TIMEOUT_MS);
      if (!isDone) log.warn('requests were cut off');
      await cleanup.run();
      return isDone;
    },
  };
}

interface Parts {
  readonly settings: ServiceSettings;
  readonly log: Log;
  readonly access: Access;
  readonly metrics: Metrics;
  readonly stages: Stages;
  readonly host: EngineHost;
  readonly jobs: Jobs;
  readonly stopping: AbortController;
}

/** What answers requests: everything, or for a worker whether it works. */
async function application(parts: Parts, cleanup: Cleanup): Promise<Fetch> {
  const { settings, log, access, metrics, stages, host, jobs, stopping } = parts;
  const { store, blobs } = jobs;
  const places = new Places({
    running: settings.CONCURRENCY,
    waiting: settings.QUEUE_PLACES,
    waitMs: settings.QUEUE_WAIT_MS,
  });
  metrics.watch({
    engine: host,
    precision: settings.MODEL_PRECISION,
    depths: async () => ({
      requests: places.waiting,
      engine: host.stats().queued,
      tasks: await store.depth(),
    }),
    work: jobs.stats,
  });
  const readiness = () =>
    readinessOf({
      engine: host,
      role: settings.ROLE,
      folder: settings.DATA_FOLDER,
      minFreeBytes: settings.MIN_FREE_BYTES,
      checks: { store: () => store.check(), blobs: () => blobs.check() },
      isStopping: () => stopping.signal.aborted,
    });
  if (settings.ROLE === 'worker') return workerApp(readiness);
  const outbound = new Outbound({ trusted: [] });
  cleanup.add(() => outbound.close());
  const toPacs = new Outbound({ trusted: settings.DICOMWEB_ROOTS });
  cleanup.add(() => toPacs.close());
  const credentials = await readPacsCredentials(settings.DICOMWEB_CREDENTIALS);
  const requests = await openRequestFolder();
  cleanup.add(() => requests.remove());
  const app = buildApi(
    apiAdapters({
      ...{
        settings,
        access,
        host,
        places,
        stages,
        outbound,
        log,
        readiness,
        temporary: requests.path,
      },
      version: software.version,
      pacs: { network: outboundNetwork(toPacs), credentials },
      jobs: jobs.service,
      viewer: jobs.viewer,
      stores: jobs.stores,
      pages: await readPages(),
      stopping: stopping.signal,
    }),
  );
  const mcp = mcpEndpoint({
    ask: (request) => app.fetch(request),
    admit: (request) => access.require(request.headers.get('authorization'), 'detect'),
    slideFolders: settings.SLIDE_FOLDERS,
    version: software.version,
  });
  app.all('/mcp', (c) => mcp(c.req.raw));
  return (request) => app.fetch(request);
}

async function openModel(settings: ServiceSettings, log: Log): Promise<EngineHost> {
  const host = await openEngineHost({
    model: settings.MODEL,
    precision: settings.MODEL_PRECISION,
    ep: settings.EXECUTION_PROVIDER,
    maxBatch: settings.MAX_BATCH,
    queueDelayMs: settings.BATCH_DELAY_MS,
    threads: settings.THREADS,
    sessions: settings.SESSIONS,
  });
  const { card, provider, providerNote } = host;
  const model = `${card.id}@${card.version}/${settings.MODEL_PRECISION}`;
  log.info({ model, provider, providerNote }, 'model loaded');
  return host;
}

/** Resolves when the engine cannot run any more. */
function failureOf(host: EngineHost, stopping: AbortSignal): Promise<string> {
  return new Promise((resolve) => {
    const timer = setInterval(() => {
      if (host.failure === undefined) return;
      clearInterval(timer);
      resolve(host.failure);
    }, ENGINE_CHECK_MS);
    stopping.addEventListener('abort', () => clearInterval(timer));
  });
}
