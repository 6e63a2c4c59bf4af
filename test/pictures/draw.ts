/**
 * `npm run pictures -- tissue labels model screens`, or some of them: makes the pictures of `docs/pictures` and the annotated
 * ones of `examples/own-data` anew. `model` needs what docs/start-own-data.md trains in `trained/mine`, `screens` Chromium and
 * Orthanc. `nuclei.jpg` is a part of the overlay of `npm run demo` without a network.
 *
 * @module
 */
import { fileURLToPath } from 'node:url';
import { ownDataPicture } from './own-data.ts';
import { openScreens } from './screens.ts';
import { writeField, writeOwnData } from './tissue.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const pictures = `${root}docs/pictures`;
const field = `${pictures}/tissue.jpg`;

const drawings: Readonly<Record<string, () => Promise<void>>> = {
  tissue: () => writeField(field),
  labels: () => writeOwnData(`${root}examples/own-data`),
  model: () => ownDataPicture(`${pictures}/own-data.jpg`, root),
  screens: async () => {
    const screens = await openScreens(field);
    try {
      await screens.report(`${pictures}/report.jpg`);
      await screens.openSeadragon(`${pictures}/openseadragon.jpg`);
      await screens.pacs(`${pictures}/pacs.jpg`);
    } finally {
      await screens.close();
    }
  },
};

for (const name of process.argv.slice(2)) {
  const draw = drawings[name];
  if (!draw) throw new Error(`${name} is none of ${Object.keys(drawings).join(', ')}.`);
  console.log(name);
  await draw();
}
