import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import type { Raster } from '../../shared/image/raster.ts';

export interface DicomizeOptions {
  /** Micrometres per pixel; 0.5. */
  readonly mpp?: number;
  /** Side of a frame in pixels; 256. */
  readonly tilePx?: number;
  readonly compression?: 'jpeg' | 'jpeg2000' | 'none';
  /** Attributes by keyword that replace those of {@link SLIDE_ATTRIBUTES}; `undefined` leaves one out. */
  readonly attributes?: Readonly<Record<string, unknown>>;
}

/** What a test slide says of itself: the patient, the study, the glass, all made up. */
const SLIDE_ATTRIBUTES = {
  SpecificCharacterSet: 'ISO_IR 192',
  PatientID: 'UNICELL-0001',
  PatientName: 'Weiß^Zoë',
  PatientBirthDate: '19500102',
  PatientSex: 'F',
  StudyID: 'S1',
  StudyDescription: 'Colon biopsy',
  SeriesNumber: '1',
  ReferringPhysicianName: 'Example^Physician',
  AccessionNumber: 'A-17/4',
  Manufacturer: 'UniCell tests',
  ManufacturerModelName: 'Synthetic',
  DeviceSerialNumber: '1',
  SoftwareVersions: '1',
  FrameOfReferenceUID: '2.25.180000000000000000000000000000000000001',
  PositionReferenceIndicator: 'SLIDE_CORNER',
  ImageType: 'ORIGINAL\\PRIMARY\\VOLUME\\NONE',
  DimensionOrganizationType: 'TILED_SPARSE',
  FocusMethod: 'AUTO',
  ExtendedDepthOfField: 'NO',
  AcquisitionContextSequence: [],
  AcquisitionDuration: '100',
  ContainerIdentifier: 'GLASS-17-4-A',
  IssuerOfTheContainerIdentifierSequence: [],
  ContainerTypeCodeSequence: [
    { CodeValue: '433466003', CodingSchemeDesignator: 'SCT', CodeMeaning: 'Microscope slide' },
  ],
  SpecimenDescriptionSequence: [
    {
      SpecimenIdentifier: 'BLOCK-17-4-A',
      SpecimenUID: '2.25.180000000000000000000000000000000000002',
      IssuerOfTheSpecimenIdentifierSequence: [],
      SpecimenPreparationSequence: [],
    },
  ],
  SpecimenLabelInImage: 'NO',
  BurnedInAnnotation: 'NO',
};

/**
 * Makes a DICOM whole slide pyramid of an image with Orthanc's dicomizer, one file per level from fine to
 * coarse, half the size each.
 *
 * @param folder An existing one; the files lie below.
 * @returns Their paths.
 */
export async function dicomize(
  { width, height, data }: Raster,
  folder: string,
  { mpp = 0.5, tilePx = 256, compression = 'jpeg', attributes = {} }: DicomizeOptions = {},
): Promise<string[]> {
  const target = join(folder, 'dicom');
  mkdirSync(target);
  const image = join(folder, 'picture.png');
  const dataset = join(folder, 'dataset.json');
  await sharp(data, { raw: { width, height, channels: 3 } })
    .png()
    .toFile(image);
  writeFileSync(dataset, JSON.stringify({ ...SLIDE_ATTRIBUTES, ...attributes }));
  const [widthMm, heightMm] = [(width * mpp) / 1000, (height * mpp) / 1000];
  const { status, stderr } = spawnSync(
    'OrthancWSIDicomizer',
    [
      image,
      ...[`--folder=${target}`, `--dataset=${dataset}`, '--pyramid=1', '--smooth=1'],
      ...[`--tile-width=${tilePx}`, `--tile-height=${tilePx}`, `--compression=${compression}`],
      // It takes the width for the distance along the slide's x axis, down which its rows lie, so that
      // pixels come out as wide as they should be high.
      ...[`--imaged-width=${heightMm}`, `--imaged-height=${widthMm}`, '--max-size=0'],
    ],
    { encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(`OrthancWSIDicomizer ended with ${status}: ${stderr}`);
  const files = readdirSync(target).sort();
  return files.map((name) => {
    const path = join(target, name);
    writeFileSync(path, withImagedVolume(readFileSync(path), widthMm, heightMm));
    return path;
  });
}

/** Rights the width and height of the imaged volume, which were given the other way round. */
function withImagedVolume(file: Buffer, widthMm: number, heightMm: number): Buffer {
  for (const [element, valueMm] of [
    [1, widthMm],
    [2, heightMm],
  ] as const) {
    const tag = Buffer.from([0x48, 0, element, 0, 0x46, 0x4c, 4, 0]);
    file.writeFloatLE(valueMm, file.indexOf(tag) + tag.length);
  }
  return file;
}
