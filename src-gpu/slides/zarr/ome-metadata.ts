/**
 * What OME-Zarr 0.4 and 0.5 say of an image (https://ngff.openmicroscopy.org): levels, axes, the size of a pixel,
 * channels.
 *
 * @module
 */
import { z } from 'zod';
import { UniCellError } from '../../../shared/errors.ts';
import type { PixelSize } from '../../../shared/image/pixel-size.ts';
import { lengthUm } from '../tiff/length-unit.ts';
import type { OmeChannel } from '../tiff/ome-xml.ts';

export type AxisName = 't' | 'c' | 'z' | 'y' | 'x';

/** A level as its image describes it. */
export interface OmeLevel {
  /** Below the group of the image. */
  readonly path: string;
  /** Of a pixel along each axis, in the units of the axes; `undefined` where nothing says it. */
  readonly scale: readonly number[] | undefined;
  readonly translation: readonly number[] | undefined;
}

export interface OmeMultiscale {
  readonly name: string | undefined;
  /** In the order of the arrays. */
  readonly axes: readonly AxisName[];
  readonly levels: readonly OmeLevel[];
  /** Of the finest level, where the axes have a unit of length. */
  readonly pixelSize: PixelSize | undefined;
  /** None where nothing describes them. */
  readonly channels: readonly Pick<OmeChannel, 'name' | 'colour' | 'isFluorescence'>[];
}

const AXES: readonly string[] = ['t', 'c', 'z', 'y', 'x'];
const transformations = z.array(
  z.looseObject({
    type: z.string(),
    scale: z.array(z.number()).optional(),
    translation: z.array(z.number()).optional(),
  }),
);
const multiscale = z.looseObject({
  version: z.string().optional(),
  name: z.string().nullish(),
  axes: z.array(
    z.looseObject({ name: z.string(), type: z.string().nullish(), unit: z.string().nullish() }),
  ),
  datasets: z
    .array(
      z.looseObject({ path: z.string(), coordinateTransformations: transformations.optional() }),
    )
    .min(1)
    .max(64),
  coordinateTransformations: transformations.optional(),
});
const channel = z.looseObject({
  label: z.string().nullish(),
  color: z.string().nullish(),
  emissionWave: z.unknown().optional(),
});
const omero = z.looseObject({ channels: z.array(channel).default([]) });

/** Names that converters give to channels that have none. */
const NO_NAME = /^(channel)?[\s:_-]*\d*([:.]\d+)*$/i;

/**
 * Reads the images of a group.
 *
 * @param attributes Of the group: all in 0.4, what is below `ome` in 0.5.
 * @param version That the group says, outside of its images.
 * @returns None where it describes none.
 * @throws {UniCellError} `IMAGE_UNSUPPORTED` for other versions, `IMAGE_UNREADABLE`.
 */
export function readMultiscales(
  label: string,
  attributes: Readonly<Record<string, unknown>>,
  version: string | undefined,
): OmeMultiscale[] {
  const { multiscales } = attributes;
  if (!Array.isArray(multiscales)) return [];
  const described = omero.safeParse(attributes.omero).data?.channels ?? [];
  return multiscales.map((one: unknown) => {
    const said = version ?? (one as { version?: unknown } | null)?.version ?? '0.4';
    if (typeof said !== 'string' || !/^0\.[45](\D|$)/.test(said)) {
      throw new UniCellError(
        'IMAGE_UNSUPPORTED',
        `${label} is OME-Zarr ${String(said).slice(0, 20)}, and only 0.4 and 0.5 are read. Write it again, for instance with the package ome-zarr of Python or \`bioformats2raw\`.`,
      );
    }
    const { data, error } = multiscale.safeParse(one);
    if (!data) {
      const [issue] = error.issues;
      throw damaged(
        label,
        `describes its image wrongly (${issue!.path.join('.')}: ${issue!.message})`,
      );
    }
    return multiscaleOf(label, data, described);
  });
}

function multiscaleOf(
  label: string,
  { name, axes, datasets, coordinateTransformations: common }: z.infer<typeof multiscale>,
  described: readonly z.infer<typeof channel>[],
): OmeMultiscale {
  const names = axes.map((axis) => axis.name);
  const isKnown = names.every((axis): axis is AxisName => AXES.includes(axis));
  if (
    !isKnown ||
    new Set(names).size < names.length ||
    !names.includes('x') ||
    !names.includes('y')
  ) {
    throw new UniCellError(
      'IMAGE_UNSUPPORTED',
      `${label} has an image with the axes ${names.join(', ').slice(0, 100) || 'none'}; read are images with y and x, and t, c and z besides.`,
    );
  }
  const levels = datasets.map(({ path, coordinateTransformations: own }): OmeLevel => {
    const [scale, outer] = [transformOf(own, 'scale'), transformOf(common, 'scale')];
    const fits = scale?.length === names.length && scale.every((side) => side > 0);
    return {
      path,
      scale: fits ? scale.map((side, axis) => side * (outer?.[axis] ?? 1)) : undefined,
      translation: transformOf(own, 'translation'),
    };
  });
  const finest = levels[0]!.scale;
  const side = (axis: AxisName) => {
    const i = names.indexOf(axis);
    const { unit } = axes[i]!;
    return finest && unit ? lengthUm(finest[i]!, unit) : undefined;
  };
  const [x, y] = [side('x'), side('y')];
  return {
    name: name ?? undefined,
    axes: names,
    levels,
    pixelSize: x !== undefined && y !== undefined ? { x, y } : undefined,
    channels: described.map(channelOf),
  };
}

function transformOf(all: z.infer<typeof transformations> = [], type: 'scale' | 'translation') {
  return all.find((one) => one.type === type)?.[type];
}

function channelOf({ label, color, emissionWave }: z.infer<typeof channel>) {
  const name = label && !NO_NAME.test(label.trim()) ? label : undefined;
  const colour = /^#?([\da-f]{6})/i.exec(color ?? '')?.[1];
  return {
    name,
    colour: colour === undefined ? undefined : Number.parseInt(colour, 16),
    isFluorescence: typeof emissionWave === 'number',
  };
}

function damaged(label: string, what: string): UniCellError {
  return new UniCellError(
    'IMAGE_UNREADABLE',
    `${label} ${what}. The Zarr is damaged; copy or export it again.`,
  );
}
