/**
 * What a client asks for when it creates a job, checked before anything is stored.
 *
 * @module
 */

import * as z from 'zod';
import { prepareRequest } from '../../detect/prepare.ts';
import type { ModelCard } from '../../engine/card.ts';
import { UniCellError } from '../../errors.ts';
import { findFormat } from '../../formats/registry.ts';
import { resolveMpp } from '../../image/resolution.ts';
import { checkRegions } from '../../tiling/region-edges.ts';
import type { ApiAdapters } from '../adapters.ts';
import { parseJsonBody } from '../http/json-body.ts';
import { mediaTypeOf } from '../http/media-type.ts';
import { checkOptionsBy, type OptionKinds, optionsFromTexts } from '../http/options.ts';
import { readWholeJson } from '../http/read-body.ts';
import { uploadBody } from '../http/upload-body.ts';
import { readJobForm } from './job-form.ts';
import {
  type JobOptions,
  type JobRequest,
  jobOptionsSchema,
  jobRequestSchema,
} from './job-schemas.ts';
import type { UploadedSlide } from './job-service.ts';

/** A slide that lies somewhere, or one that comes with the request. */
export type NewJob = JobRequest | { readonly upload: UploadedSlide; readonly options: JobOptions };

const KINDS: OptionKinds = {
  numbers: ['mpp', 'series', 'threshold', 'priority', 'radiusUm'],
  lists: ['dataset', 'classes', 'exports'],
};

/**
 * Reads the body of `POST /v1/jobs`: JSON that names a source, the slide itself with its options in
 * the query, or a form with the options before the slide.
 *
 * @throws {UniCellError} `INVALID_OPTIONS`, `BODY_INVALID`, `BODY_EMPTY`, `BODY_TOO_LARGE`, and what
 *   {@link checkJobOptions} and {@link readJobForm} throw.
 */
export async function readNewJob(request: Request, api: ApiAdapters): Promise<NewJob> {
  const contentType = request.headers.get('content-type');
  if (mediaTypeOf(contentType) === 'application/json') return readJobRequest(request, api);
  if (mediaTypeOf(contentType) === 'multipart/form-data') {
    const { upload, fields } = await readJobForm(request, api, contentType!);
    try {
      return { upload, options: await uploadOptions(fields, api) };
    } catch (error) {
      upload.body.cancel().catch(() => {});
      throw error;
    }
  }
  const options = await uploadOptions(new URL(request.url).searchParams, api);
  const body = uploadBody(request, api);
  return { upload: { body, contentType: contentType ?? 'application/octet-stream' }, options };
}

async function uploadOptions(
  texts: Iterable<[string, string]>,
  api: ApiAdapters,
): Promise<JobOptions> {
  const options = checkOptionsBy(jobOptionsSchema, optionsOf(texts));
  checkJobOptions(options, 'upload', await api.model.card());
  return options;
}

/** Reads a JSON body with `source`; errors as of {@link readNewJob}. */
export async function readJobRequest(request: Request, api: ApiAdapters): Promise<JobRequest> {
  const { search } = new URL(request.url);
  if (search !== '') {
    throw new UniCellError(
      'INVALID_OPTIONS',
      `The query is ${JSON.stringify(search.slice(0, 80))}; with a JSON body the options stand in the body.`,
    );
  }
  const job = checkOptionsBy(jobRequestSchema, await readJson(request, api));
  checkJobOptions(job, job.source.type, await api.model.card());
  return job;
}

/** Reads a body that is a JSON object. */
export async function readJson(
  request: Request,
  api: ApiAdapters,
): Promise<Record<string, unknown>> {
  requireJson(request);
  return jsonObject(await bytesOf(request, api));
}

/** {@link readJson} where a request may do without a body. One that has a body, has to say of what type. */
export async function readOptionalJson(
  request: Request,
  api: ApiAdapters,
): Promise<Record<string, unknown>> {
  const { body, headers } = request;
  if (body === null || headers.get('content-length') === '0') return {};
  if (headers.get('content-type') !== null) requireJson(request);
  const bytes = await bytesOf(request, api);
  if (bytes.length === 0) return {};
  requireJson(request);
  return jsonObject(bytes);
}

function requireJson({ headers }: Request): void {
  const type = mediaTypeOf(headers.get('content-type'));
  if (type === 'application/json') return;
  throw new UniCellError(
    'MEDIA_TYPE_UNSUPPORTED',
    `The content type is ${JSON.stringify(type.slice(0, 100))}; this takes application/json.`,
  );
}

function bytesOf({ body }: Request, api: ApiAdapters): Promise<Uint8Array<ArrayBuffer>> {
  return readWholeJson(body, api.deadline(api.limits.bodyTimeoutMs));
}

function jsonObject(bytes: Uint8Array<ArrayBuffer>): Record<string, unknown> {
  const parsed = z.record(z.string(), z.unknown()).safeParse(parseJsonBody(bytes));
  if (!parsed.success) throw new UniCellError('BODY_INVALID', 'The body must be a JSON object.');
  return parsed.data;
}

/**
 * Checks what would let the job fail later.
 *
 * @throws {UniCellError} `DATASET_UNKNOWN`, `DATASET_NOT_IN_MODEL`, `FORMAT_UNKNOWN`, `MPP_INVALID`,
 *   `INVALID_OPTIONS`.
 */
export function checkJobOptions(options: JobOptions, sourceType: string, card: ModelCard): void {
  const { dataset, organ, threshold, mpp, exports } = options;
  const classes = typeof options.classes === 'string' ? [options.classes] : options.classes;
  prepareRequest({ dataset, organ, threshold, classes }, card);
  if (mpp !== undefined) resolveMpp({ request: mpp, header: undefined });
  if (options.regions) checkRegions(options.regions);
  if (options.store !== undefined && sourceType !== 'dicomweb') {
    throw new UniCellError(
      'INVALID_OPTIONS',
      'The option store is for DICOM slides; name the slide by its series (source of the type dicomweb), or leave store out.',
    );
  }
  if (options.series !== undefined && sourceType === 'dicomweb') {
    throw new UniCellError(
      'INVALID_OPTIONS',
      'The option series chooses an image of a TIFF or OME-Zarr; of a PACS the source names the series. Leave the option out.',
    );
  }
  for (const id of exports) {
    if (findFormat(id).needsDicom && sourceType !== 'dicomweb') {
      throw new UniCellError(
        'INVALID_OPTIONS',
        `The format ${id} can only be made of a DICOM slide; name it by its series (source of the type dicomweb), or take another format.`,
      );
    }
  }
}

/** Options beside a slide; regions are GeoJSON in JSON, the webhook is its URL or an object in JSON. */
function optionsOf(texts: Iterable<[string, string]>): Record<string, unknown> {
  const { regions, webhook, ...options } = optionsFromTexts(texts, KINDS);
  return {
    ...options,
    ...(webhook === undefined ? {} : { webhook: webhookOf(String(webhook)) }),
    ...(regions === undefined
      ? {}
      : {
          regions: parseOption(
            regions,
            'regions',
            'a list of GeoJSON polygons in pixels of level 0',
          ),
        }),
  };
}

function webhookOf(text: string): unknown {
  if (!text.trimStart().startsWith('{')) return { url: text };
  return parseOption(text, 'webhook', 'a URL, or an object with url and events');
}

function parseOption(text: unknown, name: string, what: string): unknown {
  try {
    return parseJsonBody(new TextEncoder().encode(String(text)));
  } catch (cause) {
    throw new UniCellError(
      'INVALID_OPTIONS',
      `The option ${name} is not JSON, or nested too deep; it must be ${what}.`,
      { cause },
    );
  }
}
