/**
 * `npm run build:samples`: draws the sample pictures of the playground anew, into `shared/browser/samples`, and that of the
 * examples of the interface.
 *
 * @module
 */
import { writeFile } from 'node:fs/promises';
import { EXAMPLE, SAMPLE_PICTURES, sampleJpeg } from '../demo/sample-pictures.ts';

for (const picture of SAMPLE_PICTURES) {
  const file = new URL(`../../shared/browser/samples/${picture.name}.jpg`, import.meta.url);
  await writeFile(file, await sampleJpeg(picture));
}

const example = (await sampleJpeg(EXAMPLE, 60)).toString('base64');
const module = new URL('../../shared/api/detect/example-picture.ts', import.meta.url);
await writeFile(
  module,
  `/**
 * A picture for examples, JPEG in base64: 80 x 80 px of synthetic tissue at 0.5 um per pixel. \`npm run build:samples\` wrote it.
 *
 * @module
 */
export const EXAMPLE_PICTURE =
  '${example}';
`,
);
