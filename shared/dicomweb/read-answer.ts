/**
 * The two kinds of answers of a PACS: DICOM JSON, and parts of bytes.
 *
 * @module
 */
import { type DicomJson, isDicomJson } from '../dicom/dicom-json.ts';
import { UniCellError } from '../errors.ts';
import { parseMediaType } from './media-type.ts';
import { MultipartParser } from './multipart-parser.ts';

/** Bytes of one frame, or of one bulk data value. */
export interface DicomwebPart {
  /** Of the bytes, as the PACS says; in lower case. */
  readonly mediaType: string;
  /** Transfer Syntax UID, where the PACS says it. */
  readonly transferSyntax: string | undefined;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** An answer that is larger than what is read here; elsewhere it may not be. */
export class AnswerTooLargeError extends UniCellError {
  constructor(maxBytes: number) {
    super(
      'DICOMWEB_INVALID',
      `The PACS answered more than the ${maxBytes} bytes that are read of one answer here.`,
    );
  }
}

/**
 * Reads data sets. No content (204) is none.
 *
 * @throws {UniCellError} `DICOMWEB_INVALID` for anything that is no DICOM JSON, or more than `maxBytes`.
 */
export async function readDataSets(response: Response, maxBytes: number): Promise<DicomJson[]> {
  if (response.status === 204) return [];
  const { type } = parseMediaType(response.headers.get('content-type'));
  const bytes = await readBytes(response, maxBytes);
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    throw noDicomJson(type, bytes);
  }
  const list = Array.isArray(json) ? json : [json];
  if (!list.every(isDicomJson)) throw noDicomJson(type, bytes);
  return list;
}

/**
 * Reads parts; an answer that is no multipart is one part.
 *
 * @throws {UniCellError} `DICOMWEB_INVALID` for half a multipart, text instead of bytes, or a part of more
 *   than `maxBytes`.
 */
export async function readParts(response: Response, maxBytes: number): Promise<DicomwebPart[]> {
  const whole = response.headers.get('content-type');
  const { type, parameters } = parseMediaType(whole);
  if (type === 'text/html' || /\bjson$/.test(type) || /\bxml$/.test(type)) {
    const bytes = await readBytes(response, 4096).catch(() => new Uint8Array());
    throw new UniCellError(
      'DICOMWEB_INVALID',
      `The PACS answered ${type} instead of frames, beginning with ${beginning(bytes)}. Check the root of the DICOMweb service and proxies before it.`,
    );
  }
  if (type !== 'multipart/related') {
    return [{ ...partType(whole), bytes: await readBytes(response, maxBytes) }];
  }
  const boundary = parameters.get('boundary');
  if (!boundary) {
    throw new UniCellError(
      'DICOMWEB_INVALID',
      'The PACS answered a multipart without a boundary, so its parts cannot be told apart.',
    );
  }
  const parser = new MultipartParser(boundary, maxBytes);
  const parts: DicomwebPart[] = [];
  for await (const chunk of chunksOf(response)) {
    for (const { headers, bytes } of parser.push(chunk)) {
      parts.push({ ...partType(headers.get('content-type') ?? parameters.get('type')), bytes });
    }
  }
  parser.end();
  return parts;
}

function partType(text: string | null | undefined): Omit<DicomwebPart, 'bytes'> {
  const { type, parameters } = parseMediaType(text);
  const syntax = parameters.get('transfer-syntax');
  return { mediaType: type, transferSyntax: syntax === '*' ? undefined : syntax };
}

async function readBytes(response: Response, maxBytes: number): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of chunksOf(response)) {
    length += chunk.length;
    if (length > maxBytes) {
      throw new AnswerTooLargeError(maxBytes);
    }
    chunks.push(chunk);
  }
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

/** The body chunk by chunk; given up when its reader gives up. */
async function* chunksOf({ body }: Response): AsyncGenerator<Uint8Array> {
  if (body === null) return;
  const reader = (body as ReadableStream<Uint8Array>).getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}

function noDicomJson(type: string, bytes: Uint8Array): UniCellError {
  return new UniCellError(
    'DICOMWEB_INVALID',
    `The PACS answered ${type || 'no content type'} that is no DICOM JSON, beginning with ${beginning(bytes)}. Is the root that of its DICOMweb service (for instance https://pacs.example.org/dicom-web), and not of its viewer or login page?`,
  );
}

function beginning(bytes: Uint8Array): string {
  const text = new TextDecoder().decode(bytes.subarray(0, 60));
  return JSON.stringify(text.replaceAll(/\s+/g, ' '));
}
