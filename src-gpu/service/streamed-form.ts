/**
 * A form with a slide in it, read as it comes: fields first, then the file, which is never held.
 *
 * @module
 */
import { Readable } from 'node:stream';
import { Busboy, type BusboyFileStream, type BusboyInstance } from '@fastify/busboy';
import type { StreamedForm } from '../../shared/api/adapters.ts';
import { jsonTooLarge, MAX_JSON_BYTES } from '../../shared/api/http/json-body.ts';
import { MAX_FIELDS } from '../../shared/api/http/options.ts';
import { UniCellError } from '../../shared/errors.ts';

/**
 * Reads a form up to the first byte of its file.
 *
 * @param body Its errors become those of the file.
 * @param contentType With the boundary.
 * @returns Its fields and its file. The file ends well only when the whole form did and nothing came behind it.
 * @throws {UniCellError} `BODY_INVALID` for what is no form, or has no file; `INVALID_OPTIONS` for too many fields;
 *   `BODY_TOO_LARGE` for fields of more than {@link MAX_JSON_BYTES}. The stream of the file throws the same, and `BODY_EMPTY`.
 */
export function readStreamedForm(
  body: ReadableStream<Uint8Array>,
  contentType: string,
): Promise<StreamedForm> {
  return new Promise((resolve, reject) => {
    const fields: [string, string][] = [];
    let fieldBytes = 0;
    let file: BusboyFileStream | undefined;
    const source = Readable.fromWeb(body as Parameters<typeof Readable.fromWeb>[0]);
    const whole = Promise.withResolvers<void>();
    whole.promise.catch(() => {});
    const fail = (error: unknown) => {
      reject(error);
      whole.reject(error);
      // With its reason: a reader that waits for bytes hears of it.
      file?.destroy(error instanceof Error ? error : undefined);
      source.destroy();
    };
    source.on('error', fail);
    const parser = parserOf(contentType, fail);
    if (parser === undefined) return;
    parser
      .on('field', (name, value, isNameCut, isValueCut) => {
        if (file) return fail(behindTheFile(`the field ${quoted(name)}`));
        fieldBytes += name.length + Buffer.byteLength(value);
        if (isNameCut || isValueCut || fieldBytes > MAX_JSON_BYTES) return fail(jsonTooLarge());
        fields.push([name, value]);
      })
      .on('file', (field, stream, name, _encoding, mediaType) => {
        // A part that is cut off fails its stream as well as the parser, which is heard below.
        stream.on('error', () => {});
        if (file) return fail(behindTheFile('another file'));
        file = stream;
        resolve({
          fields,
          file: { field, name: name || undefined, mediaType, body: bodyOf(stream, source, whole) },
        });
      })
      .on('fieldsLimit', () => fail(tooManyFields()))
      .on('partsLimit', () => fail(tooManyFields()))
      .on('error', (cause) => fail(invalid(cause)))
      .on('finish', () => {
        whole.resolve();
        reject(invalid());
      });
    source.pipe(parser);
  });
}

function parserOf(contentType: string, fail: (error: unknown) => void): BusboyInstance | undefined {
  const limits = { fieldNameSize: 100, fieldSize: MAX_JSON_BYTES, fields: MAX_FIELDS };
  try {
    return new Busboy({
      headers: { 'content-type': contentType },
      limits: { ...limits, parts: MAX_FIELDS + 2 },
    });
  } catch (cause) {
    fail(invalid(cause));
    return undefined;
  }
}

/** The bytes of the file, which are complete when the form is. */
function bodyOf(
  file: BusboyFileStream,
  source: Readable,
  { promise: whole }: { promise: Promise<void> },
): ReadableStream<Uint8Array> {
  const chunks = file[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  let isEmpty = true;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        // What ends a file early is said by the form, which has failed then or does so next.
        const next = await chunks.next().catch(() => whole);
        if (next && !next.done) {
          isEmpty = false;
          return controller.enqueue(next.value);
        }
        await whole;
        if (isEmpty) throw empty();
        controller.close();
      },
      cancel() {
        file.destroy();
        source.destroy();
      },
    },
    { highWaterMark: 0 },
  );
}

function empty(): UniCellError {
  return new UniCellError('BODY_EMPTY', 'The file of the form is empty; send a slide in it.');
}

function quoted(name: string): string {
  return JSON.stringify(name.slice(0, 80));
}

function behindTheFile(what: string): UniCellError {
  return new UniCellError(
    'INVALID_OPTIONS',
    `In the form, ${what} comes behind the slide; nothing was kept. Put all options before the slide, and send one slide.`,
  );
}

function tooManyFields(): UniCellError {
  return new UniCellError(
    'INVALID_OPTIONS',
    `The form has more than ${MAX_FIELDS} fields; give each option once, and lists by commas.`,
  );
}

function invalid(cause?: unknown): UniCellError {
  return new UniCellError(
    'BODY_INVALID',
    'The body is no whole multipart/form-data with a file in it, with the boundary of its content type. Send the slide as the file "slide", behind its options.',
    { cause },
  );
}
