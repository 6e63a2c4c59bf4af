/** The converted model on images of any size, run as a user runs it. Its weights are random. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, inject, it } from 'vitest';
import type { Region } from '../../shared/image/source.ts';
import { MAX_PAIRS } from '../../shared/protocol/decode-tile.ts';
import { syntheticField } from '../../src-gpu/demo/synthetic/field.ts';
import { runUnicell } from '../support/run-unicell.ts';
import { tempFolder } from '../support/temp-folder.ts';

interface Nucleus {
  readonly x: number;
  readonly y: number;
  readonly class: string;
  readonly score: number;
}

const SIDE = 501;
const recordedRun = inject('recordedRun') ?? '';
const model = join(recordedRun, 'models/official-small');
const folder = tempFolder();
const { raster } = syntheticField({ width: SIDE, height: SIDE, seed: 3 });

/** Writes a part of the field as an image. */
async function writePart(name: string, { x, y, width, height }: Region): Promise<void> {
  await sharp(raster.data, { raw: { width: SIDE, height: SIDE, channels: 3 } })
    .extract({ left: x, top: y, width, height })
    .png()
    .toFile(join(folder, name));
}

/** Runs `unicell detect` and reads the nuclei it wrote, by dataset. */
async function detect(image: string, ...args: string[]): Promise<Map<string, Nucleus[]>> {
  const { code, stdout, stderr } = await runUnicell(
    ['detect', image, '--model', model, '--out', `${image}.out`, '--json', ...args],
    { cwd: folder },
  );
  expect(code, stderr).toBe(0);
  const { files, results } = JSON.parse(stdout) as {
    files: string[];
    results: { dataset: string }[];
  };
  return new Map(
    results.map(({ dataset }, i) => {
      const { nuclei } = JSON.parse(readFileSync(join(folder, files[i]!), 'utf8'));
      return [dataset, nuclei];
    }),
  );
}

// A threshold below every score keeps all pairs that a tile gives.
const official = ['--protocol', 'official', '--threshold', '0.000001'];

describe.skipIf(!recordedRun)('unicell detect --protocol official', () => {
  it.each([
    [1, 1],
    [3, 250],
    [211, 97],
  ])('finds 300 pairs of each of four datasets in a picture of %i x %i', async (width, height) => {
    const name = `${width}x${height}.png`;
    await writePart(name, { x: 100, y: 50, width, height });
    const found = await detect(name, '--dataset', 'all', '--mpp', '0.25', ...official);
    expect([...found.keys()]).toEqual(['consep', 'monusac', 'ocelot', 'lizard']);
    for (const nuclei of found.values()) {
      expect(nuclei).toHaveLength(MAX_PAIRS);
      expect(nuclei.every(({ x, y }) => x >= 0 && x <= width && y >= 0 && y <= height)).toBe(true);
    }
  });

  it('finds in a picture what it finds in each of its tiles', async () => {
    // 501 x 250 are tiles of 250 and 251 x 250, which become 800 x 800 and 803 x 800.
    const tiles = [
      { x: 0, y: 0, width: 250, height: 250 },
      { x: 250, y: 0, width: 251, height: 250 },
    ];
    await writePart('whole.png', { x: 0, y: 0, width: 501, height: 250 });
    const args = ['--dataset', 'lizard', '--mpp', '0.5', ...official];
    const expected: Nucleus[] = [];
    for (const [i, tile] of tiles.entries()) {
      await writePart(`tile-${i}.png`, tile);
      const found = (await detect(`tile-${i}.png`, ...args)).get('lizard')!;
      expect(found).toHaveLength(MAX_PAIRS);
      expected.push(...found.map((nucleus) => ({ ...nucleus, x: nucleus.x + tile.x })));
    }
    const found = (await detect('whole.png', ...args)).get('lizard')!;
    expect(found).toHaveLength(expected.length);
    const isFound = (nucleus: Nucleus) => found.some((other) => isSame(nucleus, other));
    expect(expected.filter((nucleus) => !isFound(nucleus))).toEqual([]);
  });
});

describe.skipIf(!recordedRun)('unicell detect', () => {
  it.each([
    [1, 1],
    [83, 121],
  ])('takes a picture of %i x %i with a converted model', async (width, height) => {
    const name = `default-${width}.png`;
    await writePart(name, { x: 7, y: 9, width, height });
    const args = ['--dataset', 'consep,ocelot', '--mpp', '0.5', '--threshold', '0.000001'];
    const found = await detect(name, ...args);
    expect([...found.keys()]).toEqual(['consep', 'ocelot']);
    for (const nuclei of found.values()) {
      expect(nuclei.length).toBeGreaterThan(0);
      expect(nuclei.every(({ x, y }) => x >= 0 && x <= width && y >= 0 && y <= height)).toBe(true);
    }
  });
});

/** Up to what the files round to. */
function isSame(a: Nucleus, b: Nucleus): boolean {
  const isNear = Math.abs(a.x - b.x) < 0.02 && Math.abs(a.y - b.y) < 0.02;
  return a.class === b.class && isNear && Math.abs(a.score - b.score) < 0.0002;
}
