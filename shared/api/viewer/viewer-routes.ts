/**
 * What a viewer asks of a job: its slide as DeepZoom and IIIF, its nuclei as tiles, counts of a region.
 *
 * @module
 */
import { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { UniCellError } from '../../errors.ts';
import type { Size } from '../../image/source.ts';
import { COUNTS_MEDIA_TYPE } from '../../viewer/count-tile.ts';
import { deepZoomTile, deepZoomXml } from '../../viewer/deep-zoom.ts';
import { iiifInfo } from '../../viewer/iiif-info.ts';
import { type ImageFormat, type ImageRequest, parseIiif } from '../../viewer/iiif-request.ts';
import { POINTS_MEDIA_TYPE } from '../../viewer/point-tile.ts';
import type { ApiAdapters } from '../adapters.ts';
import type { Caller } from '../http/caller.ts';
import { serve } from '../http/contract.ts';
import { matchesEtag } from '../http/etag.ts';
import { checkOptionsBy } from '../http/options.ts';
import { readJson } from '../jobs/job-request.ts';
import {
  getCountsTile,
  getDeepZoom,
  getDeepZoomTile,
  getIiif,
  getIiifImage,
  getIiifInfo,
  getPoints,
  getPointsTile,
  postCounts,
} from './viewer-contract.ts';
import { countsRequestSchema } from './viewer-schemas.ts';
import type { TileKind, ViewerService } from './viewer-service.ts';

type Env = { Variables: { requestId: string; caller: Caller } };

/** A slide of a job never changes; a browser may keep its pixels for an hour, also beyond the job. */
const PICTURE_CACHE = 'private, max-age=3600';
const TILE_CACHE = 'private, immutable, max-age=31536000';
const PICTURE_TYPES: Readonly<Record<ImageFormat, string>> = {
  jpg: 'image/jpeg',
  png: 'image/png',
  webp: 'image/webp',
};
/** Viewers and their users add to the addresses of pixels what they like. */
const PIXELS = { ignoresQuery: true } as const;
const TILE_TYPES: Readonly<Record<TileKind, string>> = {
  points: POINTS_MEDIA_TYPE,
  counts: COUNTS_MEDIA_TYPE,
};

/** A tile that is asked for by the dozen, which no limit of requests should count. */
export function isTileRequest(method: string, path: string): boolean {
  const isTile =
    /^\/v1\/jobs\/[^/]+\/(image_files\/\d+|iiif\/[^/]+\/[^/]+\/[^/]+|(points|counts)\/[^/]+\/\d+\/\d+)\/[^/]+$/;
  return method === 'GET' && isTile.test(path);
}

/** The routes of a tier that runs jobs. The caller must have been found before. */
export function viewerRoutes(api: ApiAdapters, viewer: ViewerService): OpenAPIHono<Env> {
  const app = new OpenAPIHono<Env>();
  const sizeOf = (c: Context<Env>) => viewer.size(c.req.param('id') ?? '', c.get('caller'));
  const describe = async (c: Context<Env>) =>
    c.body(deepZoomXml(await sizeOf(c)), 200, {
      'content-type': 'application/xml',
      'cache-control': PICTURE_CACHE,
    });
  serve(app, getDeepZoom, describe, PIXELS);
  serve(app, getDeepZoomTile, (c) => answerDeepZoomTile(c, viewer), PIXELS);
  const toInfo = (c: Context<Env>) => c.redirect(`${publicUrl(c.req.raw).pathname}/info.json`, 303);
  serve(app, getIiif, toInfo, PIXELS);
  const info = async (c: Context<Env>) => {
    const id = publicUrl(c.req.raw).href.replace(/\/info\.json$/, '');
    return c.body(JSON.stringify(iiifInfo(await sizeOf(c), id)), 200, {
      'content-type': 'application/ld+json;profile="http://iiif.io/api/image/3/context.json"',
      'cache-control': PICTURE_CACHE,
    });
  };
  serve(app, getIiifInfo, info, PIXELS);
  serve(app, getIiifImage, (c) => answerIiifImage(c, viewer), PIXELS);
  serve(app, getPoints, async (c) =>
    c.json(await viewer.layout(c.req.param('id'), c.get('caller'))),
  );
  serve(app, getPointsTile, (c) => nuclei(c, viewer, 'points'));
  serve(app, getCountsTile, (c) => nuclei(c, viewer, 'counts'));
  serve(app, postCounts, async (c) => {
    const asked = checkOptionsBy(countsRequestSchema, await readJson(c.req.raw, api));
    if (asked.region !== undefined && asked.bbox !== undefined) {
      throw new UniCellError('INVALID_OPTIONS', 'The options region and bbox exclude each other.');
    }
    return c.json(await viewer.counts(c.req.param('id'), c.get('caller'), asked));
  });
  return app;
}

function answerDeepZoomTile(
  c: Context<Env, '/:level/:tile'>,
  viewer: ViewerService,
): Promise<Response> {
  const { level, tile } = c.req.param();
  const named = /^(\d{1,9})_(\d{1,9})\.jpeg$/.exec(tile);
  if (named === null) {
    throw new UniCellError(
      'NOT_FOUND',
      `${JSON.stringify(tile.slice(0, 40))} is no tile; they are called COLUMN_ROW.jpeg, 0_0.jpeg for instance.`,
    );
  }
  const place = [wholeNumber(level), Number(named[1]), Number(named[2])] as const;
  return image(c, viewer, (slide) => ({
    ...deepZoomTile(slide, ...place),
    ...{ rotation: 0, isMirrored: false, isGrey: false, format: 'jpg' },
  }));
}

function answerIiifImage(
  c: Context<Env, '/:region/:size/:rotation/:file'>,
  viewer: ViewerService,
): Promise<Response> {
  const segments = c.req.param();
  return image(c, viewer, (slide) => parseIiif(slide, segments));
}

async function image(
  c: Context<Env>,
  viewer: ViewerService,
  request: (slide: Size) => ImageRequest,
): Promise<Response> {
  const id = c.req.param('id') ?? '';
  const etag = `"${c.req.path.slice('/v1/jobs/'.length).replaceAll(/[^\w.,:!^/-]/g, '')}"`;
  const headers = { etag, 'cache-control': PICTURE_CACHE };
  let format: ImageFormat = 'jpg';
  const noted = (slide: Size) => {
    const asked = request(slide);
    format = asked.format;
    return asked;
  };
  if (matchesEtag(c.req.header('if-none-match'), etag)) {
    // Still asks whose job it is, and whether it is there.
    noted(await viewer.size(id, c.get('caller')));
    return new Response(null, { status: 304, headers });
  }
  const bytes = await viewer.image(id, c.get('caller'), noted, c.req.raw.signal);
  return new Response(bytes, { headers: { ...headers, 'content-type': PICTURE_TYPES[format] } });
}

async function nuclei(c: Context<Env>, viewer: ViewerService, kind: TileKind): Promise<Response> {
  const { id = '', dataset = '', z = '', x = '', y = '' } = c.req.param();
  const place = { z: wholeNumber(z), x: wholeNumber(x), y: wholeNumber(y) };
  const tile = await viewer.tile(id, c.get('caller'), { dataset, kind, place });
  const headers = new Headers({
    'content-type': TILE_TYPES[kind],
    'cache-control': tile.version === undefined ? 'no-store' : TILE_CACHE,
  });
  if (tile.isPartial) {
    headers.set('x-partial', 'true');
    // A job with errors may be resumed.
    if (tile.version !== undefined) headers.set('cache-control', 'private, no-cache');
  }
  if (tile.version !== undefined) {
    const etag = `"${tile.version}"`;
    headers.set('etag', etag);
    if (matchesEtag(c.req.header('if-none-match'), etag)) {
      return new Response(null, { status: 304, headers });
    }
  }
  return new Response(tile.bytes, { headers });
}

/** @throws {UniCellError} `NOT_FOUND`: there is no such path. */
function wholeNumber(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new UniCellError(
    'NOT_FOUND',
    `${JSON.stringify(text.slice(0, 40))} is no level, column or row; they are whole numbers.`,
  );
}

/**
 * The URL of a request as the client wrote it, which proxies and the edge pass on in `X-Forwarded-Host` and
 * `X-Forwarded-Proto`. Only answers to the same client are made of it.
 */
function publicUrl({ url, headers }: Request): URL {
  const seen = new URL(url);
  seen.search = '';
  const host = headers.get('x-forwarded-host')?.split(',')[0]?.trim() ?? '';
  const protocol = headers.get('x-forwarded-proto')?.split(',')[0]?.trim() ?? '';
  if (/^[\w.-]+(:\d{1,5})?$|^\[[\da-f:.]+\](:\d{1,5})?$/i.test(host)) {
    seen.port = '';
    seen.host = host;
  }
  if (/^https?$/.test(protocol)) seen.protocol = protocol;
  return seen;
}
