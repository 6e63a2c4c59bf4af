/**
 * OpenTelemetry, where it is configured. Its code is loaded only then.
 *
 * @module
 */
import { context, trace } from '@opentelemetry/api';

export interface TracingSettings {
  /** Base URL of an OTLP collector; spans go to `/v1/traces` below it. */
  readonly endpoint: string | undefined;
  readonly serviceName: string;
  readonly version: string;
}

/**
 * Sends the spans of this process to a collector. Headers, timeouts and sampling follow the OTEL_*
 * variables of the OpenTelemetry specification as far as its exporter reads them.
 *
 * @returns Sends what is left and stops; does nothing where tracing is off.
 */
export async function startTracing({
  endpoint,
  serviceName,
  version,
}: TracingSettings): Promise<() => Promise<void>> {
  if (endpoint === undefined) return async () => {};
  const [sdk, { OTLPTraceExporter }, { resourceFromAttributes }, hooks] = await Promise.all([
    import('@opentelemetry/sdk-trace'),
    import('@opentelemetry/exporter-trace-otlp-http'),
    import('@opentelemetry/resources'),
    import('@opentelemetry/context-async-hooks'),
  ]);
  const url = `${endpoint.replace(/\/$/, '')}/v1/traces`;
  const provider = new sdk.TracerProvider({
    resource: resourceFromAttributes({ 'service.name': serviceName, 'service.version': version }),
    spanProcessors: [new sdk.BatchSpanProcessor({ exporter: new OTLPTraceExporter({ url }) })],
  });
  const contexts = new hooks.AsyncLocalStorageContextManager().enable();
  context.setGlobalContextManager(contexts);
  trace.setGlobalTracerProvider(provider);
  return async () => {
    await provider.shutdown();
    trace.disable();
    context.disable();
  };
}
