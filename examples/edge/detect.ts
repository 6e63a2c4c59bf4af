/**
 * Counts the nuclei of an image by class: `node detect.ts PICTURE DATASET MPP`, with `unicell-edge-client` installed
 * (docs/client.md). `UNICELL_URL` says where a tier answers, `UNICELL_KEY` is the bearer key where it wants one.
 */
import { openAsBlob } from 'node:fs';
import { UniCellClient, UniCellProblem } from 'unicell-edge-client';

const [path, dataset, mpp] = process.argv.slice(2);
const unicell = new UniCellClient({ url: process.env.UNICELL_URL!, key: process.env.UNICELL_KEY });
try {
  const image = await openAsBlob(path!);
  const { datasets } = await unicell.detect(image, { dataset: dataset!, mpp: Number(mpp) });
  for (const { id, classes } of datasets) {
    for (const { label, count, perMm2 } of classes) {
      console.log(`${id}\t${label}\t${count}\t${perMm2.toFixed(0)} per mm2`);
    }
  }
} catch (error) {
  if (!(error instanceof UniCellProblem)) throw error;
  console.error(`${error.code}: ${error.message}`);
  process.exitCode = 1;
}
