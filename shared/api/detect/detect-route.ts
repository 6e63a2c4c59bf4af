/**
 * `POST /v1/detect`: who answers, and how.
 *
 * @module
 */

import { throwIfCanceled } from '../../cancel.ts';
import { detectPrepared } from '../../detect/detect-prepared.ts';
import type { Detection } from '../../detect/detection.ts';
import type { DetectOptions } from '../../detect/options.ts';
import {
  type ImageHeader,
  type Preparation,
  type PreparedRequest,
  prepareRequest,
} from '../../detect/prepare.ts';
import { AnswerTooLargeError } from '../../dicomweb/read-answer.ts';
import type { Engine } from '../../engine/engine.ts';
import { type ErrorCode, UniCellError } from '../../errors.ts';
import type { ImageSource } from '../../image/source.ts';
import { specialKind } from '../../image/unsupported-kind.ts';
import type { ApiAdapters, DecodedImage, Entry } from '../adapters.ts';
import { byteStream } from '../http/byte-stream.ts';
import type { Caller } from '../http/caller.ts';
import { matchesEtag } from '../http/etag.ts';
import { mediaTypeOf } from '../http/media-type.ts';
import { optionsFromTexts } from '../http/options.ts';
import { bodyTooLarge, readBody, rejoin } from '../http/read-body.ts';
import { fetchSource } from '../sources/source-url.ts';
import { answerType, negotiateFormat } from './answer-format.ts';
import { answerKey, type DecidedBy } from './answer-key.ts';
import {
  checkDetectOptions,
  DETECT_KINDS,
  type DetectRequestOptions,
  withBodyOptions,
} from './detect-options.ts';
import { checkSingle, writeAnswer } from './detection-answer.ts';
import { type FetchedFrame, fetchFrame } from './fetch-frame.ts';
import { checkBodyType, type ImageBody, recogniseImage, takeApart } from './image-body.ts';
import type { ImageParts } from './image-parts.ts';
import { type Weight, weigh } from './image-weight.ts';
import { ServerTiming } from './server-timing.ts';

const FALLBACK = {
  code: 'GPU_UNAVAILABLE_EDGE_ANSWERED',
  detail: 'The GPU service could not be reached; the edge answered with its own model.',
};

/** Why a frame that this tier cannot have may yet be had by the stronger one. */
const NOT_FROM_HERE: readonly ErrorCode[] = ['IMAGE_UNSUPPORTED', 'SOURCE_FORBIDDEN'];

/** A request and what is known of it before its body is read. */
interface Asked {
  readonly request: Request;
  readonly requestId: string;
  readonly caller: Caller;
  readonly api: ApiAdapters;
  /** Of the query alone, and the format that they ask for. */
  readonly early: DetectRequestOptions;
  readonly earlyFormat: string;
}

/** Answers a detection, here or by handing it over. */
export async function answerDetect(
  request: Request,
  api: ApiAdapters,
  { requestId, caller }: Pick<Asked, 'requestId' | 'caller'>,
): Promise<Response> {
  const query = optionsFromTexts(new URL(request.url).searchParams, DETECT_KINDS);
  const early = checkDetectOptions(query);
  const earlyFormat = negotiateFormat(early.format, request.headers.get('accept'));
  const mediaType = checkBodyType(request.headers.get('content-type'));
  const declared = declaredLength(request);
  const isTooLong = declared !== undefined && declared > api.limits.bodyBytes;
  if (isTooLong && !api.handOver) throw bodyTooLarge(api.limits.bodyBytes);
  const asked: Asked = { request, requestId, caller, api, early, earlyFormat };
  // A form or JSON says only inside which tier it wants; raw bodies need not be read to know.
  const isForGpu = early.tier === 'gpu' || (OPENED.includes(mediaType) && early.tier === 'auto');
  if (isTooLong || isForGpu) {
    if (mayHandOver(asked)) return handOver(asked, request.body);
  }
  let entry: Entry | undefined;
  try {
    entry = api.enter?.(Math.min(declared ?? api.limits.bodyBytes, api.limits.bodyBytes));
  } catch (error) {
    // There is no place here; the stronger tier may have one.
    if (mayHandOver(asked)) return handOver(asked, request.body);
    throw error;
  }
  try {
    return await answerEntered(asked, entry);
  } finally {
    entry?.leave();
  }
}

async function answerEntered(asked: Asked, entry: Entry | undefined): Promise<Response> {
  const { request, api } = asked;
  const { bodyTimeoutMs, bodyBytes } = api.limits;
  const timing = new ServerTiming(api.now);
  const body = await readBody(request.body, bodyBytes, api.deadline(bodyTimeoutMs));
  timing.mark('body');
  if (body.rest) {
    if (mayHandOver(asked)) return handOver(asked, rejoin(body));
    body.rest.cancel().catch(() => {});
    throw bodyTooLarge(bodyBytes);
  }
  entry?.arrive();
  entry?.hold(body.bytes.length);
  return answerRead(asked, body.bytes, entry, timing);
}

async function answerRead(
  asked: Asked,
  bytes: Uint8Array<ArrayBuffer>,
  entry: Entry | undefined,
  timing: ServerTiming,
): Promise<Response> {
  const { request, api, early, earlyFormat } = asked;
  const parts = await takeApart(bytes, request.headers.get('content-type') ?? '');
  const options = withBodyOptions(early, parts.options);
  const format = options.format ?? earlyFormat;
  let fetched: FetchedFrame;
  try {
    fetched = await imageOf(parts.image, request, api, entry);
  } catch (error) {
    const mayElsewhere = 'dicomweb' in parts.image && api.handOver && options.tier !== 'edge';
    if (!mayElsewhere || !isOfThisTier(error)) throw error;
    return handOver(asked, bytes);
  }
  const { image } = fetched;
  timing.mark('fetch');
  const card = await api.model.card();
  const signal = api.stopsWithClient ? request.signal : undefined;
  // Before anything costs time: options that cannot be answered.
  const prepared = prepareRequest(detectOptions(options, api, signal), card);
  checkSingle(prepared.routes, format);
  const weight = weighKind(image, api) ?? weigh(prepared, headerOf(image as SizedImage), api);
  const fallback: (typeof FALLBACK)[] = [];
  if (api.handOver && (options.tier === 'gpu' || (options.tier === 'auto' && weight.isHeavy))) {
    const isOnlyThere = options.tier === 'gpu' || weight.refusal !== undefined;
    try {
      const answer = await handOver(asked, bytes);
      if (answer.status !== 503 || isOnlyThere) return answer;
      await answer.body?.cancel();
    } catch (error) {
      const isDown = error instanceof UniCellError && error.code === 'GPU_UNAVAILABLE';
      if (!isDown || isOnlyThere) throw error;
    }
    fallback.push(FALLBACK);
  } else if (api.tier === 'edge' && options.tier === 'gpu') {
    throw new UniCellError(
      'GPU_UNAVAILABLE',
      'The option tier is gpu, and no GPU service stands behind this edge. Ask for auto or edge.',
    );
  }
  if (weight.refusal) throw weight.refusal;
  const { preparation } = weight;
  const warnings = [...fetched.warnings, ...fallback];
  const run: Run = { image, options, format, prepared, preparation, warnings, api, timing, entry };
  // What stands in for another tier is not what the same request gets when that one is back.
  return fallback.length === 0 ? answerOnce(request, run) : answerAnew(run);
}

/** Answers from what the caller or the cache has already, else anew. */
async function answerOnce(request: Request, run: Run): Promise<Response> {
  const { api } = run;
  const key = await answerKey(run);
  const mayStore = !/\bno-store\b/i.test(request.headers.get('cache-control') ?? '');
  const headers = {
    etag: `"${key}"`,
    'cache-control': mayStore ? 'private, immutable, max-age=31536000' : 'no-store',
  };
  if (matchesEtag(request.headers.get('if-none-match'), headers.etag)) {
    return new Response(null, { status: 304, headers: { ...headers, vary: 'Accept' } });
  }
  const cache = mayStore ? api.cache : undefined;
  const known = await cache?.find(key);
  if (known) return known;
  const answer = await detectNow(run);
  for (const [name, value] of Object.entries(headers)) answer.headers.set(name, value);
  await cache?.store(key, answer.clone());
  return answer;
}

async function answerAnew(run: Run): Promise<Response> {
  const answer = await detectNow(run);
  answer.headers.set('cache-control', 'no-store');
  return answer;
}

interface Run extends DecidedBy {
  readonly warnings: readonly { readonly code: string; readonly detail: string }[];
  readonly api: ApiAdapters;
  readonly timing: ServerTiming;
  readonly entry: Entry | undefined;
}

function detectNow(run: Run): Promise<Response> {
  const { image, options, format, prepared, warnings, api, timing } = run;
  const { signal } = prepared.options;
  run.entry?.queue();
  return api.inTurn(async () => {
    throwIfCanceled(signal);
    timing.mark('queue');
    const decoded: DecodedImage =
      image.type === 'rgb'
        ? { source: api.open({ ...image.size, data: image.bytes }), warnings: [] }
        : await api.decode(image);
    timing.mark('decode');
    const engine = await api.model.engine();
    timing.mark('load');
    const detection = await detectDecoded(decoded, run, engine);
    timing.mark('detect');
    const all = [...warnings, ...decoded.warnings, ...detection.warnings];
    const precision = await api.model.precision();
    const { name, layout, radiusUm } = options;
    const { tier } = api;
    const parts = await writeAnswer(
      { detection, tier, precision, name, layout, radiusUm, warnings: all },
      format,
    );
    const headers = new Headers({
      'content-type': answerType(format),
      'server-timing': timing.header,
      'x-unicell-provider': engine.provider,
      'x-unicell-tier': tier,
      'x-unicell-model': `${engine.card.id}@${engine.card.version}/${precision}`,
      vary: 'Accept',
    });
    const codes = [...new Set(all.map(({ code }) => code))];
    if (codes.length > 0) headers.set('x-unicell-warnings', codes.join(', '));
    return new Response(byteStream(parts), { headers });
  });
}

async function detectDecoded(
  { source, close }: DecodedImage,
  { prepared, preparation, api }: Run,
  engine: Engine,
): Promise<Detection> {
  try {
    const known = preparation ?? prepareTiff(prepared, source, api);
    return await detectPrepared(source, known, engine);
  } finally {
    await close?.();
  }
}

/** @throws {UniCellError} `IMAGE_TOO_LARGE`, and as `prepareImage`. */
function prepareTiff(request: PreparedRequest, source: ImageSource, api: ApiAdapters): Preparation {
  const { refusal, preparation } = weigh(request, source, api);
  if (refusal) throw refusal;
  return preparation!;
}

/** A kind that only the GPU service reads. What is opened to learn its size weighs nothing there before. */
function weighKind(image: ImageBody, { tier }: ApiAdapters): Weight | undefined {
  const isOpened = OPENED.includes(image.type);
  if (tier === 'gpu') return isOpened ? { isHeavy: false, refusal: undefined } : undefined;
  const kind = isOpened
    ? `of the type ${image.type}`
    : image.type !== 'rgb' && specialKind(image.bytes, image.type);
  if (!kind) return undefined;
  const refusal = new UniCellError(
    'IMAGE_UNSUPPORTED',
    `The picture is ${kind}, which is read by the GPU service and not at the edge. Send JPEG, PNG, WebP or raw RGB of 8 bits.`,
  );
  return { isHeavy: true, refusal };
}

/** Only the GPU service opens them. */
const OPENED: readonly string[] = ['image/tiff', 'image/bmp'];

type SizedImage = Exclude<ImageBody, { type: 'image/tiff' | 'image/bmp' }>;

function headerOf({ size, mpp }: SizedImage): ImageHeader {
  return { ...size, mpp };
}

/** What the core is asked for. */
function detectOptions(
  { dataset, organ, mpp, threshold, classes }: DetectRequestOptions,
  { limits: { batch } }: ApiAdapters,
  signal: AbortSignal | undefined,
): DetectOptions {
  const list = typeof classes === 'string' ? [classes] : classes;
  return { dataset, organ, mpp, threshold, classes: list, batch, signal };
}

function isOfThisTier(error: unknown): boolean {
  if (error instanceof AnswerTooLargeError) return true;
  return error instanceof UniCellError && NOT_FROM_HERE.includes(error.code);
}

async function imageOf(
  image: ImageParts['image'],
  request: Request,
  api: ApiAdapters,
  entry: Entry | undefined,
): Promise<FetchedFrame> {
  if ('bytes' in image) {
    const size = request.headers.get('x-image-size');
    return { image: recogniseImage(image.bytes, image.declared, size), warnings: [] };
  }
  const { bodyTimeoutMs, bodyBytes } = api.limits;
  entry?.hold(bodyBytes);
  if ('dicomweb' in image) {
    const fetched = await fetchFrame(image.dicomweb, request.headers, api);
    entry?.hold(fetched.image.bytes.length);
    return fetched;
  }
  const deadline = api.deadline(bodyTimeoutMs);
  const { bytes, declared } = await fetchSource(image.url, {
    send: (url) => api.send(url, deadline),
    limit: bodyBytes,
    deadline,
  });
  entry?.hold(bytes.length);
  return { image: recogniseImage(bytes, mediaTypeOf(declared), null), warnings: [] };
}

function declaredLength(request: Request): number | undefined {
  const text = request.headers.get('content-length') ?? '';
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

function mayHandOver({ api, early }: Asked): boolean {
  return api.handOver !== undefined && early.tier !== 'edge';
}

function handOver(
  { request, requestId, caller, api }: Asked,
  body: Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array> | null,
): Promise<Response> {
  const { pathname, search } = new URL(request.url);
  const { method, headers } = request;
  const path = `${pathname}${search}`;
  return api.handOver!.forward({ method, path, headers, body, requestId, caller });
}
