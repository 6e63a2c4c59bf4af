/**
 * The file of 100,000 nuclei in memory, by our writer and by dcmjs, in rounds by turns so that whatever else
 * the machine does falls on both. dcmjs gets the attributes ready and fills in the arrays within the time, as
 * ours does.
 *
 * @module
 */
import dcmjs from 'dcmjs';
import { write } from '../../../shared/formats/dicom-ann.ts';
import type { Nuclei } from '../../../shared/nuclei/nuclei.ts';
import { type ReadGroup, readDicom, readGroups } from '../../support/read-dicom.ts';
import { installedVersion, median, printPart } from '../report.ts';
import { head, someNuclei } from './nuclei.ts';

const COUNT = 100_000;
const ROUNDS = 15;

type Item = Record<string, { vr: string; Value?: unknown[] }>;

const ours: number[] = [];
const theirs: number[] = [];
let bytes = 0;
for (let round = 0; round < ROUNDS; round++) {
  const nuclei = someNuclei(COUNT, round);
  const start = performance.now();
  const file = Buffer.concat([...write({ ...head, nuclei })]);
  ours.push(performance.now() - start);
  bytes = file.length;

  const { meta, dict } = dcmjs.data.DicomMessage.readFile(new Uint8Array(file).buffer);
  const groups = readGroups(dict);
  const startTheirs = performance.now();
  const other = writeWithDcmjs(meta, dict, nuclei, groups);
  theirs.push(performance.now() - startTheirs);
  const same = readGroups(readDicom(new Uint8Array(other)));
  const isSame = groups.every(({ coordinates, scores }, g) => {
    const { coordinates: otherCoordinates, scores: otherScores } = same[g]!;
    return (
      coordinates.every((value, i) => Math.abs(value - otherCoordinates[i]!) < 1e-9) &&
      scores.every((score, i) => score === otherScores[i])
    );
  });
  if (!isSame) throw new Error('dcmjs wrote other nuclei.');
}
// The first round of each compiles.
printPart({
  versions: { dcmjs: installedVersion('dcmjs') },
  figures: {
    ann_100k_first_ms: ours[0]!,
    ann_100k_ms: median(ours.slice(1)),
    ann_100k_file_mb: bytes / 1e6,
    dcmjs_100k_ms: median(theirs.slice(1)),
    ann_100k_vs_dcmjs: median(ours.slice(1)) / median(theirs.slice(1)),
  },
});

/** The same attributes, with arrays that are made anew from the nuclei. */
function writeWithDcmjs(
  meta: Item,
  dict: Item,
  nuclei: Nuclei,
  groups: readonly ReadGroup[],
): ArrayBuffer {
  for (const [g, { label, count }] of groups.entries()) {
    const classIndex = head.dataset.classes.findIndex(({ name }) => name === label);
    const coordinates = new Float64Array(2 * count);
    const scores = new Float32Array(count);
    let at = 0;
    for (let i = 0; i < nuclei.length; i++) {
      if (nuclei.class[i] !== classIndex) continue;
      coordinates[2 * at] = 20 - 0.00025 * (nuclei.y[i]! - 0.5);
      coordinates[2 * at + 1] = 40 - 0.0002 * (nuclei.x[i]! - 0.5);
      scores[at++] = nuclei.score[i]!;
    }
    const group = dict['006A0002']!.Value![g] as Item;
    group['00660022']!.Value = [coordinates.buffer];
    const [measurement] = group['00660121']!.Value as Item[];
    const [values] = measurement!['00660132']!.Value as Item[];
    values!['00660125']!.Value = [scores.buffer];
  }
  const out = new dcmjs.data.DicomDict(meta);
  out.dict = dict;
  return out.write();
}
