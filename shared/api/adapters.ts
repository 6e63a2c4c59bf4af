/**
 * What the two tiers bring to the routes that they share.
 *
 * @module
 */

import type { PacsCredentials } from '../dicomweb/credentials.ts';
import type { DicomwebNetwork } from '../dicomweb/network.ts';
import type { DicomwebPart } from '../dicomweb/read-answer.ts';
import type { FramePixels } from '../dicomweb/wsm-instance.ts';
import type { ModelCard } from '../engine/card.ts';
import type { Engine } from '../engine/engine.ts';
import type { Raster } from '../image/raster.ts';
import type { ImageSource } from '../image/source.ts';
import type { ScoredImage, ScoreOptions } from '../scoring/score-images.ts';
import type { ScoreReport } from '../scoring/score-report.ts';
import type { ImageBody } from './detect/image-body.ts';
import type { Access } from './http/access.ts';
import type { HandOver } from './http/hand-over.ts';
import type { RateLimiter } from './http/rate-limit.ts';
import type { JobService } from './jobs/job-service.ts';
import type { StoreService } from './jobs/store-service.ts';
import type { ViewerService } from './viewer/viewer-service.ts';

/** A decoded image. */
export interface DecodedImage {
  readonly source: ImageSource;
  /** What a user should know about how the file was read. */
  readonly warnings: readonly { readonly code: string; readonly detail: string }[];
  /** Frees what the source holds; it is not read any more. */
  readonly close?: (() => Promise<void>) | undefined;
}

export interface ApiLimits {
  /** Bytes of a body that is read here. */
  readonly bodyBytes: number;
  /** Bytes of a slide that comes as the body of a job. */
  readonly uploadBytes?: number;
  /** A body that takes longer is cut off. */
  readonly bodyTimeoutMs: number;
  /** Pixels of an image that is decoded here. */
  readonly pixels: number;
  /** Windows that one answer may take here. */
  readonly windows: number;
  /** Windows from which on a stronger tier answers, where there is one. */
  readonly preferredWindows?: number;
  /** Distance evaluations that a score may take here; see `ScoreOptions`. */
  readonly scoreWork: number;
  /** Windows per run of the model; what suits the engine when left out. */
  readonly batch?: number;
}

/** The tier's model. */
export interface ApiModel {
  card(): Promise<ModelCard>;
  /** A key of the card's `variants`. */
  precision(): Promise<string>;
  engine(): Promise<Engine>;
}

/** How a tier reaches PACS. */
export interface Pacs {
  readonly network: DicomwebNetwork;
  readonly credentials: PacsCredentials;
  /** Decodes a frame of JPEG 2000, where the tier can. */
  readonly decodeJpeg2000?: (frame: DicomwebPart, pixels: FramePixels) => Promise<Raster>;
}

/** A form whose file has begun to come. */
export interface StreamedForm {
  /** Those before the file, in order. */
  readonly fields: readonly [string, string][];
  readonly file: {
    readonly field: string;
    /** As the form states it, without folders. */
    readonly name: string | undefined;
    readonly mediaType: string;
    /** Ends well only when the form did, and had bytes. */
    readonly body: ReadableStream<Uint8Array>;
  };
}

/** Part of the readiness of a tier. */
export type Readiness = Readonly<Record<string, unknown>>;

export interface ApiAdapters {
  readonly tier: 'edge' | 'gpu';
  /** Version of the software. */
  readonly version: string;
  readonly limits: ApiLimits;
  readonly model: ApiModel;
  /** @throws {UniCellError} `CONFIGURATION_INVALID`. */
  access(): Access;
  /** How often a caller may come; without it as often as it likes. */
  readonly rateLimiter?: RateLimiter | undefined;
  /** Origins whose pages may call; `*` for all. */
  readonly allowedOrigins: readonly string[];
  /** Decodes what is not raw pixels. `image.size` has been checked. */
  decode(image: ImageBody): Promise<DecodedImage>;
  /** Turns raw pixels into a source. */
  open(raster: Raster): ImageSource;
  /**
   * Takes in a request before its body is read; a tier without it reads every body.
   *
   * @param bytes Of the body, or the most that is read.
   * @throws {UniCellError} `OVERLOADED` when there is no place for it.
   */
  readonly enter?: ((bytes: number) => Entry) | undefined;
  /**
   * Reads a form up to the first byte of its file; a tier without it takes no slides in forms.
   *
   * @param contentType With the boundary.
   * @throws {UniCellError} `BODY_INVALID`, `BODY_TOO_LARGE`, `INVALID_OPTIONS`, and what the body throws.
   */
  readonly form?:
    | ((body: ReadableStream<Uint8Array>, contentType: string) => Promise<StreamedForm>)
    | undefined;
  /**
   * Runs one task after the other, with few waiting.
   *
   * @throws {UniCellError} `OVERLOADED`.
   */
  inTurn<T>(task: () => Promise<T>): Promise<T>;
  /**
   * Scores beside everything else; without it `scoreImages` runs here.
   *
   * @throws {UniCellError} As `scoreImages`, and `OVERLOADED`.
   */
  readonly score?:
    | ((
        images: readonly ScoredImage[],
        classes: readonly string[],
        options: ScoreOptions,
        signal: AbortSignal,
      ) => Promise<ScoreReport>)
    | undefined;
  /** One request without redirects. */
  send(url: URL, signal: AbortSignal): Promise<Response>;
  readonly pacs: Pacs;
  /** Milliseconds of a clock. */
  now(): number;
  /** Aborted after that time. */
  deadline(timeoutMs: number): AbortSignal;
  /** The stronger tier behind this one. */
  readonly handOver?: HandOver | undefined;
  /** Runs slides; a tier without it has no job routes. */
  readonly jobs?: JobService | undefined;
  /** What viewers see of jobs; where there are jobs. */
  readonly viewer?: ViewerService | undefined;
  /** Stores results in a PACS; where there are jobs. */
  readonly stores?: StoreService | undefined;
  /**
   * Takes one of the places of a caller for a request, until the function that it returns is called.
   *
   * @throws {UniCellError} `OVERLOADED` when the caller has no place left.
   */
  readonly occupy?: ((callerId: string) => () => void) | undefined;
  /**
   * What `/readyz` says beside the model.
   *
   * @throws {UniCellError} `NOT_READY`.
   */
  readonly readiness?: (() => Promise<Readiness>) | undefined;
  /** Whether a detection stops when its client goes. */
  readonly stopsWithClient?: boolean;
  /** Aborted when the tier stops: who only waits is let go. */
  readonly stopping?: AbortSignal | undefined;
  /** Answers that were given before. */
  readonly cache?: AnswerCache | undefined;
  readonly pages: Pages;
  /** Hears of faults, with the request's id. */
  report(error: unknown, requestId: string): void;
}

/** What browsers get. */
export interface Pages {
  /** HTML of `/`, `/docs` and `/viewer`. */
  readonly playground: string;
  readonly docs: string;
  readonly viewer: string;
  /** The JavaScript of a page. */
  script(name: PageScript): Promise<string>;
  /** A file that pages load. */
  file(name: PageFile): Promise<Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>>;
}

/** Scripts that are bundled, by their paths. */
export const PAGE_SCRIPTS = [
  'viewer/viewer.js',
  'viewer/overlay.js',
  'playground/playground.js',
  'playground/tiff.js',
] as const;
export type PageScript = (typeof PAGE_SCRIPTS)[number];

/** Files of pages by their paths, with their media types: Swagger UI, the style of all pages, sample pictures. */
export const PAGE_FILES = {
  'docs/swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
  'docs/swagger-ui-bundle.js.LICENSE.txt': 'text/plain; charset=utf-8',
  'docs/swagger-ui.css': 'text/css; charset=utf-8',
  'pages/style.css': 'text/css; charset=utf-8',
  'samples/glands.jpg': 'image/jpeg',
  'samples/lymphocytes.jpg': 'image/jpeg',
  'samples/close-up.jpg': 'image/jpeg',
} as const;
export type PageFile = keyof typeof PAGE_FILES;

/** A request that was taken in. */
export interface Entry {
  /**
   * The request holds so many bytes now.
   *
   * @throws {UniCellError} `OVERLOADED` when they are more than before, and too many.
   */
  hold(bytes: number): void;
  /** The body is here. */
  arrive(): void;
  /** The request runs here, or waits for its turn. */
  queue(): void;
  /** The request ends. */
  leave(): void;
}

/** Keeps answers by what decides them. */
export interface AnswerCache {
  /** @param key Letters and digits. */
  find(key: string): Promise<Response | undefined>;
  store(key: string, answer: Response): Promise<void>;
}
