/**
 * What an OME-XML header says of its images (the OME schema of 2016-06 and those before it).
 *
 * @module
 */
import { SaxesParser, type SaxesTagPlain } from 'saxes';
import type { PixelSize } from '../../../shared/image/pixel-size.ts';
import { decimal, lengthUm } from './length-unit.ts';

export interface OmeChannel {
  readonly samples: number;
  readonly name: string | undefined;
  /** 0xRRGGBB. */
  readonly colour: number | undefined;
  readonly isFluorescence: boolean;
}

/** Planes that follow each other in the file. */
interface TiffData {
  /** Page of the first. */
  readonly page: number;
  /** The first, by channel, depth and time. */
  readonly first: Readonly<Record<Axis, number>>;
  /** `undefined` where all that are left are meant. */
  readonly planes: number | undefined;
  /** Another file, where the pixels lie in one. */
  readonly file: string | undefined;
}

type Axis = 'C' | 'Z' | 'T';

export interface OmeImage {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  readonly sizes: Readonly<Record<Axis, number>>;
  /** From the axis that changes first. */
  readonly order: readonly Axis[];
  readonly pixelSize: PixelSize | undefined;
  readonly significantBits: number | undefined;
  readonly channels: readonly OmeChannel[];
  readonly tiffData: readonly TiffData[];
}

/** Nothing but a hostile header has more. */
const MAX_IMAGES = 10_000;

/**
 * Reads the images of a header. What is not well-formed is read as far as it can be: the file has pixels all the
 * same.
 *
 * @returns None when it names none.
 */
export function readOmeXml(text: string): readonly OmeImage[] {
  const reader = new Reader();
  const parser = new SaxesParser();
  parser.on('error', () => {});
  parser.on('opentag', (tag) => reader.open(tag));
  parser.on('closetag', (tag) => reader.close(localName(tag)));
  parser.on('text', (value) => reader.text(value));
  try {
    parser.write(text).close();
  } catch {
    // What came before the fault counts.
  }
  return reader.images;
}

/**
 * The page of a plane of an image, in the chain of the file.
 *
 * @returns `undefined` where the header places it in another file or not at all.
 */
export function pageOfPlane(image: OmeImage, channel: number): number | undefined {
  const { tiffData } = image;
  const all: TiffData = {
    page: 0,
    first: { C: 0, Z: 0, T: 0 },
    planes: undefined,
    file: undefined,
  };
  const wanted = indexOfPlane(image, { C: channel, Z: 0, T: 0 });
  for (const { page, first, planes, file } of tiffData.length > 0 ? tiffData : [all]) {
    const from = indexOfPlane(image, first);
    const isIn = wanted >= from && (planes === undefined || wanted < from + planes);
    if (isIn) return file === undefined ? page + wanted - from : undefined;
  }
  return undefined;
}

/** Channels that are planes of their own; those of one plane are samples of its pixels. */
export function planeChannels({ sizes, channels }: OmeImage): number {
  const samples = channels[0]?.samples ?? 1;
  return Math.max(1, Math.round(sizes.C / samples));
}

function indexOfPlane(image: OmeImage, place: Readonly<Record<Axis, number>>): number {
  const size = (axis: Axis) => (axis === 'C' ? planeChannels(image) : image.sizes[axis]);
  let [index, step] = [0, 1];
  for (const axis of image.order) {
    index += place[axis] * step;
    step *= size(axis);
  }
  return index;
}

class Reader {
  readonly images: OmeImage[] = [];
  #name = '';
  #hasPixels = false;
  #channels: OmeChannel[] = [];
  #tiffData: { -readonly [K in keyof TiffData]: TiffData[K] }[] = [];
  /** Name and id of this file, as far as the header says; blocks with another are elsewhere. */
  #own: string | undefined;
  #isUuid = false;

  open(tag: SaxesTagPlain): void {
    const { attributes } = tag;
    switch (localName(tag)) {
      case 'OME':
        this.#own = attributes.UUID;
        break;
      case 'Image':
        this.#name = attributes.Name ?? '';
        this.#hasPixels = false;
        break;
      case 'Pixels':
        this.#openPixels(attributes);
        break;
      case 'Channel':
        if (this.#hasPixels) this.#channels.push(channelOf(attributes));
        break;
      case 'TiffData':
        if (this.#hasPixels) this.#tiffData.push(tiffDataOf(attributes));
        break;
      case 'UUID': {
        const last = this.#tiffData.at(-1);
        this.#isUuid = last !== undefined;
        if (last) last.file = attributes.FileName ?? 'another file';
        break;
      }
    }
  }

  close(name: string): void {
    if (name === 'UUID') this.#isUuid = false;
  }

  /** A block of this file itself has its UUID. */
  text(value: string): void {
    const last = this.#tiffData.at(-1);
    if (this.#isUuid && last && value.trim() === this.#own) last.file = undefined;
  }

  /** Some headers have several `Pixels` in an image; the first counts. */
  #openPixels(attributes: Attributes): void {
    if (this.#hasPixels || this.images.length >= MAX_IMAGES) return;
    this.#hasPixels = true;
    this.#channels = [];
    this.#tiffData = [];
    const order = [...(attributes.DimensionOrder ?? '').slice(2)].filter(isAxis);
    this.images.push({
      name: this.#name,
      width: whole(attributes.SizeX, 0),
      height: whole(attributes.SizeY, 0),
      sizes: {
        C: whole(attributes.SizeC, 1),
        Z: whole(attributes.SizeZ, 1),
        T: whole(attributes.SizeT, 1),
      },
      order: order.length === 3 ? order : ['C', 'Z', 'T'],
      pixelSize: pixelSizeOf(attributes),
      significantBits: whole(attributes.SignificantBits, 0) || undefined,
      channels: this.#channels,
      tiffData: this.#tiffData,
    });
  }
}

type Attributes = SaxesTagPlain['attributes'];

function pixelSizeOf(attributes: Attributes): PixelSize | undefined {
  const side = (axis: 'X' | 'Y') => {
    const size = attributes[`PhysicalSize${axis}`];
    if (size === undefined) return undefined;
    return lengthUm(decimal(size), attributes[`PhysicalSize${axis}Unit`] ?? 'um');
  };
  const x = side('X');
  return x === undefined ? undefined : { x, y: side('Y') ?? x };
}

function channelOf(attributes: Attributes): OmeChannel {
  // A signed number of 32 bits: red, green, blue, alpha.
  const colour = Number(attributes.Color ?? Number.NaN);
  return {
    samples: whole(attributes.SamplesPerPixel, 1),
    name: attributes.Name,
    colour: Number.isInteger(colour) ? colour >>> 8 : undefined,
    isFluorescence:
      attributes.EmissionWavelength !== undefined ||
      attributes.Fluor !== undefined ||
      attributes.ContrastMethod === 'Fluorescence',
  };
}

function tiffDataOf(attributes: Attributes): TiffData {
  const { IFD, PlaneCount } = attributes;
  const isOne = IFD !== undefined || attributes.FirstC !== undefined;
  return {
    page: whole(IFD, 0),
    first: {
      C: whole(attributes.FirstC, 0),
      Z: whole(attributes.FirstZ, 0),
      T: whole(attributes.FirstT, 0),
    },
    planes: PlaneCount === undefined ? (isOne ? 1 : undefined) : whole(PlaneCount, 1),
    file: undefined,
  };
}

function whole(text: string | undefined, otherwise: number): number {
  const value = Number(text ?? Number.NaN);
  return Number.isSafeInteger(value) && value >= 0 ? value : otherwise;
}

function isAxis(letter: string): letter is Axis {
  return letter === 'C' || letter === 'Z' || letter === 'T';
}

function localName({ name }: { readonly name: string }): string {
  return name.replace(/^.*:/, '');
}
