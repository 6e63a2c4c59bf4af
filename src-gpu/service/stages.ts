/**
 * How long the stages of the work take: for the histogram, and as spans where tracing is on.
 *
 * @module
 */
import { SpanStatusCode, trace } from '@opentelemetry/api';
import type { Engine } from '../../shared/engine/engine.ts';
import type { EngineHost } from '../engine/engine-host.ts';

/** Hears how long a stage took. */
export type StageObserver = (stage: string, seconds: number) => void;

/** Times stages. Without a tracer that is registered, spans cost nothing and go nowhere. */
export class Stages {
  readonly #observe: StageObserver;

  constructor(observe: StageObserver) {
    this.#observe = observe;
  }

  /** Runs a stage; its span lies below the one that is active. */
  readonly run = <T>(stage: string, task: () => Promise<T>): Promise<T> => {
    const startedMs = performance.now();
    return trace.getTracer('unicell').startActiveSpan(stage, async (span) => {
      try {
        return await task();
      } catch (error) {
        span.setStatus({ code: SpanStatusCode.ERROR, message: String(error) });
        throw error;
      } finally {
        span.end();
        this.#observe(stage, (performance.now() - startedMs) / 1000);
      }
    });
  };

  /** An engine whose runs are stages, with their time in the queue. */
  engine(engine: Engine): Engine {
    return { ...engine, run: (...args) => this.run('infer', () => engine.run(...args)) };
  }

  /** A host whose engines are such. */
  host(host: EngineHost): EngineHost {
    return {
      card: host.card,
      provider: host.provider,
      providerNote: host.providerNote,
      get failure() {
        return host.failure;
      },
      engine: (priority) => this.engine(host.engine(priority)),
      stats: () => host.stats(),
      close: () => host.close(),
    };
  }
}
