/**
 * One instance of VL Whole Slide Microscopy Image Storage (DICOM PS3.3, section A.32.8): a level of a
 * slide's pyramid, or its label, overview or thumbnail.
 *
 * @module
 */
import {
  type DicomJson,
  itemsOf,
  numberOf,
  numbersOf,
  textOf,
  textsOf,
} from '../dicom/dicom-json.ts';
import { UniCellError } from '../errors.ts';
import type { Size } from '../image/source.ts';
import { TAG } from './tags.ts';

/** SOP Class UID. */
const WHOLE_SLIDE_MICROSCOPY = '1.2.840.10008.5.1.4.1.1.77.1.6';

/** How the pixels of a frame are stored; the same for all frames of an instance. */
export interface FramePixels {
  readonly tile: Size;
  readonly samples: number;
  readonly bitsAllocated: number;
  /** Photometric Interpretation, PS3.3, section C.7.6.3.1.2. */
  readonly photometric: string;
  /** Whether plain pixels come sample by sample. */
  readonly isPlanar: boolean;
  /** Transfer Syntax UID, where the metadata says it. */
  readonly transferSyntax: string | undefined;
}

/** A level of a pyramid, or a part of one (a concatenation). */
export interface WsmInstance {
  readonly uid: string;
  /** All tiles together. */
  readonly matrix: Size;
  readonly pixels: FramePixels;
  readonly frames: number;
  readonly isSparse: boolean;
  readonly focalPlanes: number;
  readonly opticalPaths: number;
  /** Micrometres per pixel, along x and y; Pixel Spacing. */
  readonly spacingUm: { readonly x: number; readonly y: number } | undefined;
  /** Micrometres that the matrix covers along x and y; Imaged Volume Width and Height. */
  readonly volumeUm: Size | undefined;
  readonly isExtendedFocus: boolean;
  readonly pyramidUid: string | undefined;
  readonly concatenation: { readonly uid: string; readonly frameOffset: number } | undefined;
  readonly data: DicomJson;
}

/**
 * What an instance shows: the third value of Image Type. Only `VOLUME` is the slide; `LABEL` and `OVERVIEW`
 * may show a patient's name.
 */
export function flavourOf(data: DicomJson): string | undefined {
  return textsOf(data, TAG.imageType)[2]?.toUpperCase();
}

/** Whether an instance is of whole slide microscopy; one that does not say it may be. */
export function isWholeSlide(data: DicomJson): boolean {
  const sopClass = textOf(data, TAG.sopClassUid);
  return sopClass === undefined || sopClass === WHOLE_SLIDE_MICROSCOPY;
}

/**
 * Reads the metadata of a VOLUME instance.
 *
 * @throws {UniCellError} `DICOM_INVALID` when a size is missing or cannot be.
 */
export function readWsmInstance(data: DicomJson): WsmInstance {
  const uid = textOf(data, TAG.sopInstanceUid) ?? 'without UID';
  const size = (tag: string, name: string, most: number) => {
    const value = numberOf(data, tag);
    if (value !== undefined && Number.isInteger(value) && value >= 1 && value <= most) return value;
    throw new UniCellError(
      'DICOM_INVALID',
      `The instance ${uid} says ${value ?? 'nothing'} for ${name}; it must be a whole number from 1 to ${most}.`,
    );
  };
  const concatenationUid = textOf(data, TAG.concatenationUid);
  const [first] = itemsOf(data, TAG.perFrameFunctionalGroups);
  const organisation = textOf(data, TAG.dimensionOrganizationType);
  return {
    uid,
    matrix: {
      width: size(TAG.totalColumns, 'Total Pixel Matrix Columns', 2 ** 32 - 1),
      height: size(TAG.totalRows, 'Total Pixel Matrix Rows', 2 ** 32 - 1),
    },
    pixels: {
      tile: {
        width: size(TAG.columns, 'Columns', 65_535),
        height: size(TAG.rows, 'Rows', 65_535),
      },
      samples: size(TAG.samplesPerPixel, 'Samples per Pixel', 255),
      bitsAllocated: size(TAG.bitsAllocated, 'Bits Allocated', 64),
      photometric: textOf(data, TAG.photometricInterpretation) ?? '',
      isPlanar: numberOf(data, TAG.planarConfiguration) === 1,
      transferSyntax:
        textOf(data, TAG.availableTransferSyntaxUid) ?? textOf(data, TAG.transferSyntaxUid),
    },
    frames: size(TAG.numberOfFrames, 'Number of Frames', 2 ** 31 - 1),
    // Objects made before 2012 lack the type; those with places of frames are sparse.
    isSparse:
      organisation === undefined
        ? itemsOf(first, TAG.planePositionSlideSequence).length > 0
        : organisation !== 'TILED_FULL',
    focalPlanes: numberOf(data, TAG.focalPlanes) ?? 1,
    opticalPaths:
      numberOf(data, TAG.numberOfOpticalPaths) ??
      Math.max(1, itemsOf(data, TAG.opticalPathSequence).length),
    spacingUm: spacingOf(data, first),
    volumeUm: volumeOf(data),
    isExtendedFocus: textOf(data, TAG.extendedDepthOfField) === 'YES',
    pyramidUid: textOf(data, TAG.pyramidUid),
    concatenation:
      concatenationUid === undefined
        ? undefined
        : {
            uid: concatenationUid,
            frameOffset: numberOf(data, TAG.concatenationFrameOffset) ?? 0,
          },
    data,
  };
}

/** In millimetres in the file, between rows first (PS3.3, section 10.7.1.1). */
function spacingOf(data: DicomJson, firstFrame: DicomJson | undefined): WsmInstance['spacingUm'] {
  const [shared] = itemsOf(data, TAG.sharedFunctionalGroups);
  for (const groups of [shared, firstFrame]) {
    const [measures] = itemsOf(groups, TAG.pixelMeasuresSequence);
    const [y, x] = numbersOf(measures, TAG.pixelSpacing);
    if (x !== undefined && y !== undefined && x > 0 && y > 0) return { x: x * 1000, y: y * 1000 };
  }
  return undefined;
}

function volumeOf(data: DicomJson): Size | undefined {
  const width = numberOf(data, TAG.imagedVolumeWidth);
  const height = numberOf(data, TAG.imagedVolumeHeight);
  return width !== undefined && height !== undefined && width > 0 && height > 0
    ? { width: width * 1000, height: height * 1000 }
    : undefined;
}
