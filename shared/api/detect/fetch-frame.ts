/**
 * A frame of a whole slide in a PACS as the image of a request.
 *
 * @module
 */
import { DicomwebClient } from '../../dicomweb/client.ts';
import { checkRoot } from '../../dicomweb/dicomweb-url.ts';
import { frameCodec } from '../../dicomweb/frame-codec.ts';
import { withColourMarker } from '../../dicomweb/jpeg-colours.ts';
import { rasterOfPlain } from '../../dicomweb/plain-frame.ts';
import type { DicomwebPart } from '../../dicomweb/read-answer.ts';
import { seriesMpp } from '../../dicomweb/series-mpp.ts';
import {
  type FramePixels,
  flavourOf,
  isWholeSlide,
  readWsmInstance,
} from '../../dicomweb/wsm-instance.ts';
import { UniCellError } from '../../errors.ts';
import { imageSizeOf } from '../../image/image-header.ts';
import type { ApiAdapters, Pacs } from '../adapters.ts';
import type { DicomwebFrame } from '../sources/dicomweb-schemas.ts';
import { forwardedAuthorization, requireForwarded } from '../sources/forwarded-authorization.ts';
import type { ImageBody } from './image-body.ts';
import { checkPixels } from './image-weight.ts';

/**
 * Metadata of one instance in bytes of a body: JSON takes many times its length once it is parsed, and a
 * sparsely tiled instance names every frame.
 */
const METADATA_PER_BODY = 0.5;

/** An image, with what its instance says of it. */
export interface FetchedFrame {
  readonly image: ImageBody;
  readonly warnings: readonly { readonly code: string; readonly detail: string }[];
}

/**
 * Fetches a frame: the metadata of its instance, then the frame alone.
 *
 * @param headers Of the request, which may hold credentials for the PACS.
 * @throws {UniCellError} `IMAGE_TOO_LARGE`; `DICOM_WITHOUT_VOLUME` for a label, an overview or a thumbnail, of which no pixel
 *   is fetched; `IMAGE_UNSUPPORTED` for a kind of frame that this tier does not decode; what the client
 *   throws.
 */
export async function fetchFrame(
  frame: DicomwebFrame,
  headers: Headers,
  api: Pick<ApiAdapters, 'access' | 'deadline' | 'jobs' | 'limits' | 'pacs'>,
): Promise<FetchedFrame> {
  const { pacs, limits } = api;
  const reference = { ...frame, root: checkRoot(frame.root) };
  const authorization =
    frame.authorization === 'forward'
      ? requireForwarded(forwardedAuthorization(headers, api.access()))
      : pacs.credentials(reference.root);
  const client = new DicomwebClient({
    network: pacs.network,
    authorization,
    requestsAtOnce: 1,
    patience: api.deadline(limits.bodyTimeoutMs),
    maxJsonBytes: limits.bodyBytes * METADATA_PER_BODY,
    maxFrameBytes: limits.bodyBytes,
  });
  const data = await client.metadata(reference);
  const flavour = flavourOf(data);
  if (!isWholeSlide(data) || flavour !== 'VOLUME') {
    throw new UniCellError(
      'DICOM_WITHOUT_VOLUME',
      `The instance ${frame.instance} is ${isWholeSlide(data) ? (flavour ?? 'of no known kind') : 'no VL Whole Slide Microscopy'}; frames are only taken from VOLUME instances, since others may show a patient's name.`,
    );
  }
  const instance = readWsmInstance(data);
  if (frame.frame > instance.frames) {
    throw new UniCellError(
      'SOURCE_NOT_FOUND',
      `The instance ${frame.instance} has ${instance.frames} frames, and number ${frame.frame} was asked for.`,
    );
  }
  checkPixels(instance.pixels.tile, api);
  const { mpp, warnings } = seriesMpp(instance);
  const [part] = await client.frames(reference, [frame.frame]);
  return { image: await imageOf(part!, instance.pixels, mpp, pacs), warnings };
}

async function imageOf(
  part: DicomwebPart,
  pixels: FramePixels,
  mpp: number | undefined,
  { decodeJpeg2000 }: Pacs,
): Promise<ImageBody> {
  const codec = frameCodec(part, pixels);
  if (codec === 'jpeg') {
    const bytes = withColourMarker(part.bytes, pixels.photometric);
    return { type: 'image/jpeg', bytes, size: imageSizeOf(bytes, 'image/jpeg'), mpp };
  }
  if (codec === 'jpeg2000' && decodeJpeg2000 === undefined) {
    throw new UniCellError(
      'IMAGE_UNSUPPORTED',
      'The frame is JPEG 2000, which is decoded by the GPU service and not at the edge.',
    );
  }
  const raster =
    codec === 'native' ? rasterOfPlain(part.bytes, pixels) : await decodeJpeg2000!(part, pixels);
  const { width, height } = raster;
  return { type: 'rgb', bytes: new Uint8Array(raster.data), size: { width, height }, mpp };
}
