/**
 * A slide and the options of its job as one request.
 *
 * @module
 */
import type { Body } from './transport.ts';

/** Servers and proxies refuse longer addresses, mostly from 16 KB on. */
const MAX_QUERY_BYTES = 14_000;

export type Slide = Blob | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>;

/** What `Transport.send` takes. */
export interface SlideRequest {
  readonly query?: URLSearchParams;
  readonly headers: { readonly 'content-type': string };
  readonly body: Body;
}

/** The slide as the body with its options in the query; in a form where they are too long for one, as outlines of regions are. */
export function slideRequest(slide: Slide, options: URLSearchParams): SlideRequest {
  if (String(options).length <= MAX_QUERY_BYTES) {
    return { query: options, headers: { 'content-type': 'application/octet-stream' }, body: slide };
  }
  const boundary = `unicell-${crypto.randomUUID()}`;
  const fields = [...options].map(([name, value]) => `${partHead(boundary, name)}\r\n${value}\r\n`);
  const before =
    `${fields.join('')}${partHead(boundary, 'slide', 'upload')}` +
    'Content-Type: application/octet-stream\r\n\r\n';
  const after = `\r\n--${boundary}--\r\n`;
  return {
    headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
    body:
      slide instanceof ReadableStream
        ? between(before, slide, after)
        : new Blob([before, slide, after]),
  };
}

function partHead(boundary: string, name: string, file?: string): string {
  const filename = file === undefined ? '' : `; filename="${file}"`;
  return `--${boundary}\r\nContent-Disposition: form-data; name="${name}"${filename}\r\n`;
}

function between(
  before: string,
  slide: ReadableStream<Uint8Array>,
  after: string,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return slide.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      start: (controller) => controller.enqueue(encoder.encode(before)),
      flush: (controller) => controller.enqueue(encoder.encode(after)),
    }),
  );
}
