/** Images full of nuclei that suppress one another, and an engine that sees them unsteadily. */
import type { ModelCard } from '../../shared/engine/card.ts';
import type { Engine } from '../../shared/engine/engine.ts';
import type { Raster } from '../../shared/image/raster.ts';
import { streamFor } from '../../shared/random.ts';
import { glass, oracleEngine, type Seen } from './oracle-engine.ts';

const BRIGHTEST = 230;

/** An image with about one dark dot of 2 x 2 per `every` pixels, anywhere. */
export function crowdedImage(width: number, height: number, every = 40, seed = 1): Raster {
  const random = streamFor(seed, 'crowded');
  const image = glass(width, height);
  for (let i = 0; i < (width * height) / every; i++) {
    const [x, y] = [random.uniform(0, width), random.uniform(0, height)].map(Math.floor);
    const grey = random.bits() % 200;
    for (const [dx, dy] of [
      [0, 0],
      [1, 0],
      [0, 1],
      [1, 1],
    ] as const) {
      if (x! + dx >= width || y! + dy >= height) continue;
      image.data.fill(
        grey,
        ((y! + dy) * width + x! + dx) * 3,
        ((y! + dy) * width + x! + dx) * 3 + 3,
      );
    }
  }
  return image;
}

/**
 * An engine to which every pixel that is darker than those around it is a nucleus, at any resolution. As
 * models do, it says something else of a nucleus where it lies elsewhere in the window.
 */
export function unsteadyEngine(card: ModelCard): Engine {
  return oracleEngine(card, { queries: 600, see: seeDarkest });
}

function seeDarkest({ width, height, data }: Raster): Seen[] {
  const grey = (x: number, y: number) =>
    x < 0 || y < 0 || x >= width || y >= height ? 255 : data[3 * (y * width + x)]!;
  const seen: Seen[] = [];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const here = grey(x, y);
      const isDarkest =
        here < BRIGHTEST &&
        here <= grey(x - 1, y) &&
        here <= grey(x, y - 1) &&
        here < grey(x + 1, y) &&
        here < grey(x, y + 1);
      if (!isDarkest) continue;
      seen.push({
        x: x + 0.5 + ((x * 7) % 5) - 2,
        y: y + 0.5 + ((y * 5) % 5) - 2,
        class: here % 3,
        logit: 0.1 + (BRIGHTEST - here) / 60 + ((x + y) % 4) / 8,
      });
    }
  }
  return seen;
}
