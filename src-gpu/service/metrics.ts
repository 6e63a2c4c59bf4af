/**
 * What Prometheus may ask (docs/gpu.md lists the names).
 *
 * @module
 */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { EngineHost } from '../engine/engine-host.ts';
import type { WorkerStats } from '../jobs/node/worker-loop.ts';

/** From a cache hit to the longest synchronous answer. */
const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

export interface MetricsSources {
  readonly engine: Pick<EngineHost, 'card' | 'provider' | 'stats'>;
  readonly precision: string;
  /** Things that wait, by queue. */
  readonly depths: () => Promise<Readonly<Record<string, number>>>;
  /** What this process has done for jobs; `undefined` where it does nothing for them. */
  readonly work: () => WorkerStats | undefined;
}

/** One registry per service, so that a process may have several. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #stages: Histogram<'stage'>;
  readonly #requests: Histogram<'method' | 'route' | 'status'>;

  constructor() {
    const registers = [this.#registry];
    collectDefaultMetrics({ register: this.#registry });
    this.#stages = new Histogram({
      name: 'unicell_stage_seconds',
      help: 'Seconds by stage of the work; infer includes the wait for a batch.',
      labelNames: ['stage'],
      buckets: SECONDS,
      registers,
    });
    this.#requests = new Histogram({
      name: 'unicell_http_request_seconds',
      help: 'Seconds until an answer began, by method, route and status.',
      labelNames: ['method', 'route', 'status'],
      buckets: SECONDS,
      registers,
    });
  }

  /** Adds what is only known once the model is loaded. */
  watch({ engine, precision, depths, work }: MetricsSources): void {
    this.#watchEngine(engine);
    new Gauge({
      name: 'unicell_tasks',
      help: 'Tasks of jobs in this process: running now, and ended since it started.',
      labelNames: ['state'],
      registers: [this.#registry],
      collect() {
        for (const [state, count] of Object.entries(work() ?? {})) this.set({ state }, count);
      },
    });
    const { id, version } = engine.card;
    new Gauge({
      name: 'unicell_info',
      help: 'What runs, as labels; always 1.',
      labelNames: ['model', 'version', 'precision', 'provider'],
      registers: [this.#registry],
    }).set({ model: id, version, precision, provider: engine.provider }, 1);
    new Gauge({
      name: 'unicell_queue_depth',
      help: 'What waits: requests for their turn, runs for a batch, tasks of jobs.',
      labelNames: ['queue'],
      registers: [this.#registry],
      async collect() {
        for (const [queue, depth] of Object.entries(await depths())) this.set({ queue }, depth);
      },
    });
  }

  readonly observeStage = (stage: string, seconds: number): void => {
    this.#stages.observe({ stage }, seconds);
  };

  observeRequest(method: string, route: string, status: number, seconds: number): void {
    this.#requests.observe({ method, route, status }, seconds);
  }

  /** The text that Prometheus reads. */
  async answer(): Promise<Response> {
    const text = await this.#registry.metrics();
    return new Response(text, { headers: { 'content-type': this.#registry.contentType } });
  }

  #watchEngine(engine: MetricsSources['engine']): void {
    const registers = [this.#registry];
    const count = (name: string, help: string, value: () => number) =>
      new Counter({
        name,
        help,
        registers,
        collect() {
          // The engine counts; this only shows it.
          this.reset();
          this.inc(value());
        },
      });
    count(
      'unicell_windows_total',
      'Windows that the model has seen.',
      () => engine.stats().windows,
    );
    count('unicell_batches_total', 'Runs of the model.', () => engine.stats().batches);
    count('unicell_engine_busy_seconds_total', 'Seconds in which the model ran.', () => {
      return engine.stats().busySeconds;
    });
    let last = { busySeconds: 0, upSeconds: 0 };
    new Gauge({
      name: 'unicell_engine_busy_ratio',
      help: 'Part of the time since the last look in which the model ran.',
      registers,
      collect() {
        const now = engine.stats();
        const seconds = now.upSeconds - last.upSeconds;
        if (seconds > 0) this.set((now.busySeconds - last.busySeconds) / seconds);
        last = now;
      },
    });
  }
}
