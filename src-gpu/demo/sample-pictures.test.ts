import { readFile } from 'node:fs/promises';
import sharp from 'sharp';
import { expect, it } from 'vitest';
import { EXAMPLE_PICTURE } from '../../shared/api/detect/example-picture.ts';
import { drawSample, EXAMPLE, SAMPLE_PICTURES, type SamplePicture } from './sample-pictures.ts';

it.each(SAMPLE_PICTURES)('the sample picture $name is what the painter draws', async (picture) => {
  const file = new URL(`../../shared/browser/samples/${picture.name}.jpg`, import.meta.url);
  // What JPEG loses; two fields of other seeds are 50 apart.
  expect(await distance(await readFile(file), picture)).toBeLessThan(8);
});

it('and so is the picture of the examples', async () => {
  const jpeg = Buffer.from(EXAMPLE_PICTURE, 'base64');
  expect(await distance(jpeg, EXAMPLE)).toBeLessThan(14);
});

/** Mean difference of the values of a file from those that are drawn. */
async function distance(jpeg: Buffer, picture: SamplePicture): Promise<number> {
  const shipped = await sharp(jpeg).removeAlpha().raw().toBuffer();
  const drawn = await drawSample(picture).raw().toBuffer();
  expect(shipped.length).toBe(drawn.length);
  const away = shipped.reduce((sum, value, i) => sum + Math.abs(value - drawn[i]!), 0);
  return away / drawn.length;
}
