import { UniCellError } from '../errors.ts';

/** A DICOM file to be stored. */
export interface StowInstance {
  /** Series Instance UID. */
  readonly series: string;
  /** SOP Instance UID. */
  readonly instance: string;
  /** Its bytes; may be called again. */
  open(): Promise<ReadableStream<Uint8Array>>;
}

/** The body of a STOW-RS request (DICOM PS3.18, section 10.5.1), made while it is sent. */
export interface StowBody {
  readonly contentType: string;
  readonly body: ReadableStream<Uint8Array>;
  /** Why a file could not be read to its end: then the request breaks off, and not by the PACS. */
  failure(): { readonly error: unknown } | undefined;
}

/** Puts files into one body, a part each; only what is on its way is in memory. */
export function stowBody(instances: readonly StowInstance[]): StowBody {
  const boundary = `unicell.${instances[0]?.instance}`;
  const pieces = partsOf(instances, boundary);
  let failure: { error: unknown } | undefined;
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { done, value } = await pieces.next();
        if (done) controller.close();
        else controller.enqueue(value);
      } catch (error) {
        failure = { error };
        throw error;
      }
    },
    async cancel() {
      await pieces.return(undefined);
    },
  });
  const contentType = `multipart/related; type="application/dicom"; boundary="${boundary}"`;
  return { contentType, body, failure: () => failure };
}

async function* partsOf(
  instances: readonly StowInstance[],
  boundary: string,
): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  for (const one of instances) {
    yield encoder.encode(`--${boundary}\r\nContent-Type: application/dicom\r\n\r\n`);
    yield* bytesOf(one);
    yield encoder.encode('\r\n');
  }
  yield encoder.encode(`--${boundary}--\r\n`);
}

async function* bytesOf(one: StowInstance): AsyncGenerator<Uint8Array> {
  const reader = (await one.open()).getReader();
  let length = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      length += value.length;
      yield value;
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
  if (length === 0) {
    throw new UniCellError('INTERNAL', `The file of the instance ${one.instance} is empty.`);
  }
}
