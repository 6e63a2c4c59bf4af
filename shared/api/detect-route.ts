/**
 * `POST /v1/detect`: who answers, and how.
 *
 * @module
 */

import { routeDatasets } from '../datasets/routing.ts';
import { detect } from '../detect/detect.ts';
import type { Detection } from '../detect/detection.ts';
import type { DetectOptions } from '../detect/options.ts';
import type { ModelCard } from '../engine/card.ts';
import type { Engine } from '../engine/engine.ts';
import { UniCellError } from '../errors.ts';
import { resolveMpp } from '../image/resolution.ts';
import { sha256Hex } from '../sha256.ts';
import type { ApiAdapters, DecodedPicture } from './adapters.ts';
import { checkSingle, streamOf, writeAnswer } from './detection-answer.ts';
import { MEDIA_TYPES, negotiateFormat } from './negotiate.ts';
import {
  type AnswerFormat,
  checkDetectOptions,
  type DetectRequestOptions,
  optionsFromTexts,
} from './options.ts';
import {
  checkBodyType,
  mediaTypeOf,
  type PictureBody,
  recognisePicture,
  takeApart,
} from './picture-body.ts';
import { checkWeight, weigh } from './picture-weight.ts';
import { bodyTooLarge, type ReadBody, readBody, readWholeBody, rejoin } from './read-body.ts';
import { ServerTiming } from './server-timing.ts';
import { fetchSource } from './source-url.ts';

const FALLBACK = {
  code: 'GPU_UNAVAILABLE_EDGE_ANSWERED',
  detail: 'The GPU service could not be reached; the edge answered with its own model.',
};

/** Answers a detection, here or by handing it over. */
export async function answerDetect(request: Request, api: ApiAdapters): Promise<Response> {
  const url = new URL(request.url);
  const query = optionsFromTexts(url.searchParams);
  const early = checkDetectOptions(query);
  negotiateFormat(early.format, request.headers.get('accept'));
  const mediaType = checkBodyType(request.headers.get('content-type'));
  const declared = Number(request.headers.get('content-length') ?? 0);
  const isTooLong = declared > api.limits.bodyBytes;
  if (isTooLong && !api.handOver) throw bodyTooLarge(api.limits.bodyBytes);
  // A form or JSON says only inside which tier it wants; raw bodies need not be read to know.
  const isForGpu = early.tier === 'gpu' || (mediaType === 'image/tiff' && early.tier === 'auto');
  if (api.handOver && early.tier !== 'edge' && (isTooLong || isForGpu)) {
    return handOver(request, api, request.body);
  }
  const timing = new ServerTiming(api.now);
  const { bodyTimeoutMs, bodyBytes } = api.limits;
  const body = await readBody(request.body, bodyBytes, api.deadline(bodyTimeoutMs));
  timing.mark('body');
  if (body.rest) {
    if (api.handOver && early.tier !== 'edge') return handOver(request, api, rejoin(body));
    body.rest.cancel().catch(() => {});
    throw bodyTooLarge(bodyBytes);
  }
  return answerRead(request, api, query, body, timing);
}

async function answerRead(
  request: Request,
  api: ApiAdapters,
  query: Record<string, unknown>,
  body: ReadBody,
  timing: ServerTiming,
): Promise<Response> {
  const contentType = request.headers.get('content-type') ?? '';
  const parts = await takeApart(body.bytes, contentType);
  const options = checkDetectOptions({ ...query, ...parts.options });
  const format = negotiateFormat(options.format, request.headers.get('accept'));
  const picture = await pictureOf(parts.picture, request, api);
  timing.mark('fetch');
  const card = await api.model.card();
  // Before anything costs time: options that cannot be answered.
  checkSingle(routeDatasets(options.dataset, card, options.organ), format);
  const weight = weigh(picture, options, card, api);
  const warnings: (typeof FALLBACK)[] = [];
  if (api.handOver && (options.tier === 'gpu' || (options.tier === 'auto' && weight.isHeavy))) {
    try {
      return await handOver(request, api, body.bytes);
    } catch (error) {
      const isDown = error instanceof UniCellError && error.code === 'GPU_UNAVAILABLE';
      if (!isDown || options.tier === 'gpu' || weight.refusal) throw error;
      warnings.push(FALLBACK);
    }
  } else if (api.tier === 'edge' && options.tier === 'gpu') {
    throw new UniCellError(
      'GPU_UNAVAILABLE',
      'The option tier is gpu, and no GPU service stands behind this edge. Ask for auto or edge.',
    );
  }
  if (weight.refusal) throw weight.refusal;
  const key = await answerKey(picture, options, format, card, api);
  const isKept = warnings.length === 0;
  const etag = `"${key}"`;
  if (isKept && matches(request.headers.get('if-none-match'), etag)) {
    return new Response(null, { status: 304, headers: { etag, vary: 'Accept' } });
  }
  const mayStore = !/\bno-store\b/i.test(request.headers.get('cache-control') ?? '');
  const cache = isKept && mayStore ? api.cache : undefined;
  const known = await cache?.find(key);
  if (known) return known;
  const answer = await run({ picture, options, format, warnings, api, timing });
  if (isKept) {
    answer.headers.set('etag', etag);
    answer.headers.set(
      'cache-control',
      mayStore ? 'private, immutable, max-age=31536000' : 'no-store',
    );
  } else {
    answer.headers.set('cache-control', 'no-store');
  }
  await cache?.store(key, answer.clone());
  return answer;
}

interface Run {
  readonly picture: PictureBody;
  readonly options: DetectRequestOptions;
  readonly format: AnswerFormat;
  readonly warnings: readonly { readonly code: string; readonly detail: string }[];
  readonly api: ApiAdapters;
  readonly timing: ServerTiming;
}

function run({ picture, options, format, warnings, api, timing }: Run): Promise<Response> {
  return api.inTurn(async () => {
    timing.mark('queue');
    const decoded =
      picture.type === 'rgb'
        ? { source: api.open({ ...picture.size, data: picture.bytes }), warnings: [] }
        : await api.decode(picture);
    timing.mark('decode');
    const engine = await api.model.engine();
    timing.mark('load');
    const classes = typeof options.classes === 'string' ? [options.classes] : options.classes;
    const { dataset, organ, mpp, threshold } = options;
    const { batch } = api.limits;
    const asked = { dataset, organ, mpp, threshold, classes, batch };
    const detection = await detectDecoded(decoded, asked, engine, api);
    timing.mark('detect');
    const all = [...warnings, ...decoded.warnings, ...detection.warnings];
    const precision = await api.model.precision();
    const { name, layout } = options;
    const { tier } = api;
    const parts = await writeAnswer(
      { detection, tier, precision, name, layout, warnings: all },
      format,
    );
    const headers = new Headers({
      'content-type': MEDIA_TYPES[format],
      'server-timing': timing.header,
      'x-unicell-provider': engine.provider,
      'x-unicell-tier': tier,
      'x-unicell-model': `${engine.card.id}@${engine.card.version}/${precision}`,
      vary: 'Accept',
    });
    const codes = [...new Set(all.map(({ code }) => code))];
    if (codes.length > 0) headers.set('x-unicell-warnings', codes.join(', '));
    return new Response(streamOf(parts), { headers });
  });
}

/** Only a decoded TIFF says its size and resolution, so its weight is known here. */
async function detectDecoded(
  { source, close }: DecodedPicture,
  options: DetectOptions,
  engine: Engine,
  api: ApiAdapters,
): Promise<Detection> {
  try {
    const mpp = resolveMpp({ request: options.mpp, header: source.mpp });
    checkWeight(source, mpp.value, engine.card, api);
    return await detect(source, options, engine);
  } finally {
    await close?.();
  }
}

async function pictureOf(
  picture: { readonly bytes: Uint8Array<ArrayBuffer> } | { readonly url: string },
  request: Request,
  api: ApiAdapters,
): Promise<PictureBody> {
  if ('bytes' in picture) {
    const declared = mediaTypeOf(request.headers.get('content-type'));
    return recognisePicture(picture.bytes, declared, request.headers.get('x-image-size'));
  }
  const deadline = api.deadline(api.limits.bodyTimeoutMs);
  const answer = await fetchSource(picture.url, (url) => api.send(url, deadline));
  const bytes = await readWholeBody(answer.body, api.limits.bodyBytes, deadline);
  return recognisePicture(bytes, mediaTypeOf(answer.headers.get('content-type')), null);
}

/** Names what decides an answer: the picture, the options, the format, the model and the software. */
async function answerKey(
  picture: PictureBody,
  options: DetectRequestOptions,
  format: AnswerFormat,
  card: ModelCard,
  api: ApiAdapters,
): Promise<string> {
  const size = 'size' in picture ? picture.size : null;
  const { tier: _asked, format: _option, ...deciding } = options;
  const entries = Object.entries(deciding).sort(([a], [b]) => (a < b ? -1 : 1));
  const variant = card.variants[await api.model.precision()];
  const text = JSON.stringify([
    await sha256Hex(picture.bytes),
    picture.type,
    size,
    entries,
    format,
    [api.tier, api.version, card.id, card.version, variant, card.datasets],
  ]);
  return sha256Hex(new TextEncoder().encode(text));
}

function matches(ifNoneMatch: string | null, etag: string): boolean {
  const tags = (ifNoneMatch ?? '').split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return tags.includes(etag) || tags.includes('*');
}

function handOver(
  request: Request,
  api: ApiAdapters,
  body: Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array> | null,
): Promise<Response> {
  const { pathname, search } = new URL(request.url);
  const { method, headers } = request;
  return api.handOver!.forward({ method, path: `${pathname}${search}`, headers, body });
}
