/**
 * A VL Whole Slide Microscopy series in files, as scanners and converters export it: read as one in a PACS is.
 *
 * @module
 */
import { readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { originOf } from '../../../shared/dicom/copied-attributes.ts';
import { textOf } from '../../../shared/dicom/dicom-json.ts';
import { plainBytes } from '../../../shared/dicomweb/frame-codec.ts';
import { TAG } from '../../../shared/dicomweb/tags.ts';
import {
  flavourOf,
  isWholeSlide,
  readWsmInstance,
  type WsmInstance,
} from '../../../shared/dicomweb/wsm-instance.ts';
import { fingerprintOfSeries, readWsmSeries } from '../../../shared/dicomweb/wsm-series.ts';
import { UniCellError } from '../../../shared/errors.ts';
import type { ByteSource } from '../bytes/byte-source.ts';
import { openFile } from '../bytes/file-bytes.ts';
import { type FrameSource, frameLevel } from '../dicomweb/frame-level.ts';
import { rasterCache } from '../pyramid/pixels.ts';
import { PyramidSlide } from '../pyramid/pyramid-slide.ts';
import type { Slide } from '../slide.ts';
import { type DicomFile, FrameIndex, readDicomFile } from './dicom-file.ts';
import { isDicom } from './dicom-path.ts';

const FRAME_SHARE = 0.7;
/** Files of a folder that are looked at. */
const MAX_FILES = 10_000;

interface Volume {
  readonly file: DicomFile;
  readonly instance: WsmInstance;
}

/**
 * Opens the slide of a folder, or of a file and those beside it that belong to its series. Labels, overviews and
 * thumbnails are not read beyond their headers.
 *
 * @param path A folder, or a DICOM file.
 * @param hasSiblings Whether other files in the folder of a file are looked at.
 * @throws {UniCellError} `DICOM_WITHOUT_VOLUME`, `DICOM_INVALID`, `SOURCE_NOT_FOUND`, `INVALID_OPTIONS` for a folder of
 *   several slides, `IMAGE_UNREADABLE`, `IMAGE_UNSUPPORTED`.
 */
export async function openDicomFiles(
  path: string,
  hasSiblings: boolean,
  cacheBytes: number,
): Promise<Slide> {
  const isFolder = (await stat(path)).isDirectory();
  const opened: ByteSource[] = [];
  try {
    const named = isFolder ? undefined : await openVolume(path, opened);
    const volumes = named ? [named] : [];
    if (isFolder || hasSiblings) {
      const series = named && seriesOf(named);
      for (const file of await filesOf(isFolder ? path : dirname(path))) {
        if (file === path) continue;
        const volume = await openVolume(file, opened, series);
        if (volume) volumes.push(volume);
      }
    }
    return await slideOf(path, volumes, opened, cacheBytes);
  } catch (error) {
    await closeAll(opened);
    throw error;
  }
}

async function filesOf(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map(({ name }) => join(folder, name));
  return files.sort().slice(0, MAX_FILES);
}

/**
 * A file that holds a level of a slide; `undefined` for any other, which is closed.
 *
 * @param series The only one that is wanted. Files of others may be damaged.
 */
async function openVolume(
  path: string,
  opened: ByteSource[],
  series?: string,
): Promise<Volume | undefined> {
  const bytes = await openFile(path).catch((error: unknown) => {
    if (series === undefined) throw error;
  });
  if (!bytes) return undefined;
  try {
    if (await isDicom(bytes)) {
      const file = await readDicomFile(bytes);
      const isWanted = series === undefined || textOf(file.data, TAG.seriesInstanceUid) === series;
      if (isWanted && isWholeSlide(file.data) && flavourOf(file.data) === 'VOLUME') {
        opened.push(bytes);
        const syntax = { vr: 'UI', Value: [file.transferSyntax] };
        const data = { ...file.data, [TAG.availableTransferSyntaxUid]: syntax };
        return { file, instance: readWsmInstance(data) };
      }
    }
  } catch (error) {
    if (!opened.includes(bytes)) await bytes.close();
    if (series === undefined || !(error instanceof UniCellError)) throw error;
    return undefined;
  }
  await bytes.close();
  return undefined;
}

async function slideOf(
  path: string,
  volumes: readonly Volume[],
  opened: readonly ByteSource[],
  cacheBytes: number,
): Promise<Slide> {
  const found = [...new Set(volumes.map(seriesOf))];
  if (found.length === 0) {
    throw new UniCellError(
      'DICOM_WITHOUT_VOLUME',
      `${path} holds no VOLUME instance of VL Whole Slide Microscopy. Pass a DICOM file of a whole slide, or the folder of its series.`,
    );
  }
  if (found.length > 1) {
    const first = found.map((series) => volumes.find((one) => seriesOf(one) === series)!);
    throw new UniCellError(
      'INVALID_OPTIONS',
      `${path} holds ${found.length} slides (series). Pass one file of the slide that you mean: ${first
        .slice(0, 10)
        .map(({ file }) => file.bytes.label)
        .join(', ')}.`,
    );
  }
  const series = readWsmSeries(volumes.map(({ instance }) => instance));
  const fingerprint = await fingerprintOfSeries(series);
  const reference = { root: '', study: '', series: found[0]! };
  const source = frameSource(volumes);
  const cache = rasterCache(cacheBytes * FRAME_SHARE);
  return new PyramidSlide({
    reader: 'dicom',
    vendor: undefined,
    mpp: series.mpp,
    levels: series.levels.map((level, i) => frameLevel(source, reference, level, String(i), cache)),
    bounds: undefined,
    warnings: series.warnings,
    dicom: originOf(series.finest),
    cacheBytes: cacheBytes * (1 - FRAME_SHARE),
    fingerprint: async () => fingerprint,
    close: async () => {
      cache.clear();
      await closeAll(opened);
    },
  });
}

/** Frames of the files, as a PACS gives them. */
function frameSource(volumes: readonly Volume[]): FrameSource {
  const indexes = new Map(
    volumes.map(({ file, instance }) => {
      const { uid, frames, pixels } = instance;
      const index = new FrameIndex(file, frames, plainBytes(pixels));
      return [uid, { index, transferSyntax: file.transferSyntax, label: file.bytes.label }];
    }),
  );
  return {
    frames: ({ instance }, numbers, signal) => {
      const { index, transferSyntax } = indexes.get(instance)!;
      return Promise.all(
        numbers.map(async (number) => {
          const bytes = await index.read(number, signal);
          return { mediaType: 'application/octet-stream', transferSyntax, bytes };
        }),
      );
    },
    plainFrames: async ({ instance }) => {
      throw new UniCellError(
        'IMAGE_UNSUPPORTED',
        `${indexes.get(instance)!.label} has frames that only a PACS decodes.`,
      );
    },
  };
}

function seriesOf({ file }: Volume): string {
  return textOf(file.data, TAG.seriesInstanceUid) ?? '';
}

async function closeAll(opened: readonly ByteSource[]): Promise<void> {
  await Promise.all(opened.map((bytes) => bytes.close()));
}
