/**
 * Pictures whose red, green and blue are pages of their own.
 *
 * @module
 */
import { UniCellError } from '../../../shared/errors.ts';
import type { ImageJStack } from './imagej.ts';
import { type OmeChannel, type OmeImage, pageOfPlane, planeChannels } from './ome-xml.ts';

const RGB = [0xff0000, 0x00ff00, 0x0000ff];
const NAMES = [/^r(ed)?$/i, /^g(reen)?$/i, /^b(lue)?$/i];

/** A page of one sample, and who says what it is. */
export interface GreyPage {
  readonly index: number;
  readonly ome: OmeImage | undefined;
  readonly imageJ: ImageJStack | undefined;
}

/**
 * The pages that make a picture: itself, or red, green and blue where the header says so.
 *
 * @throws {UniCellError} `IMAGE_UNSUPPORTED` for channels that it does not call so: the first would be one of
 *   several stains or colours.
 */
export function colourPages(label: string, { index, ome, imageJ }: GreyPage): readonly number[] {
  const channels = ome ? planeChannels(ome) : (imageJ?.channels ?? 1);
  if (imageJ && isColourStack(imageJ)) return colourOrder(imageJ)!.map((place) => index + place);
  if (channels <= 1) return [index];
  const order = ome && omeOrder(ome.channels);
  const pages = order?.map((channel) => pageOfPlane(ome!, channel));
  if (pages?.every((page) => page !== undefined)) return pages;
  throw new UniCellError(
    'IMAGE_UNSUPPORTED',
    `${label} keeps its ${channels} channels in pages of their own, and its header does not say that they are red, green and blue. Export it as interleaved RGB, for instance with \`bfconvert\` or QuPath.`,
  );
}

/** Whether the pages of a stack are the colours of one picture. */
export function isColourStack(stack: ImageJStack): boolean {
  return colourOrder(stack) !== undefined;
}

/** Places of red, green and blue: by labels, by lookup tables, or as ImageJ shows composites that have none. */
function colourOrder({ labels, colours, channels, mode, images }: ImageJStack) {
  if (images !== 3) return undefined;
  const byLabel = orderOf(NAMES.map((name) => labels.findIndex((one) => name.test(one.trim()))));
  if (byLabel || channels !== 3) return byLabel;
  if (colours.length > 0) return orderOf(RGB.map((colour) => colours.indexOf(colour)));
  return mode === 'composite' ? [0, 1, 2] : undefined;
}

/** Places of red, green and blue among the channels of an image of OME, where their names or colours say so. */
export function omeOrder(
  channels: readonly Pick<OmeChannel, 'name' | 'colour' | 'isFluorescence'>[],
): readonly number[] | undefined {
  if (channels.length !== 3 || channels.some(({ isFluorescence }) => isFluorescence)) {
    return undefined;
  }
  const names = channels.map(({ name }) => name?.trim() ?? '');
  const byName = orderOf(NAMES.map((name) => names.findIndex((one) => name.test(one))));
  // A stain with a name of its own is shown in red, and is no red.
  if (byName || names.some((name) => name !== '')) return byName;
  return orderOf(RGB.map((colour) => channels.findIndex((one) => one.colour === colour)));
}

function orderOf(places: readonly number[]): readonly number[] | undefined {
  return places.every((place) => place >= 0) ? places : undefined;
}
