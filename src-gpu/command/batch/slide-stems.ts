import { createHash } from 'node:crypto';
import { basename, resolve } from 'node:path';
import { parseSeriesUrl } from '../../../shared/dicomweb/dicomweb-url.ts';
import { resultStem } from '../../../shared/formats/result-stem.ts';
import type { SlideInput } from './slide-input.ts';

const HASH_LETTERS = 6;

/**
 * What the results of each slide are called, in their order: after the slide; with its ending where slides of one folder share
 * a name, and with a hash of its path where others do. Upper and lower case are one, as on many disks. The name does not
 * depend on the order of the slides.
 */
export function slideStems(slides: readonly SlideInput[]): string[] {
  const candidates = slides.map(namesOf);
  const stems = candidates.map(([first]) => first!);
  for (let level = 1; level < 3; level++) {
    const times = countOf(stems);
    for (const [i, stem] of stems.entries()) {
      if (times.get(stem.toLowerCase())! > 1) stems[i] = candidates[i]![level]!;
    }
  }
  return stems;
}

/** From the shortest to one that nobody else has. */
function namesOf({ location, mpp, dataset }: SlideInput): string[] {
  const url = /^https?:/i.test(location) ? URL.parse(location) : null;
  const series = parseSeriesUrl(location)?.series;
  const name = series ?? basename(url?.pathname ?? resolve(location));
  const stem = series ?? resultStem(name);
  const named = url ? location : resolve(location);
  const hash = createHash('sha256')
    .update(JSON.stringify([named, mpp, dataset]))
    .digest('hex');
  // An ending is added, so that a long name is shortened as it should.
  return [stem, resultStem(`${name}.x`), `${stem}~${hash.slice(0, HASH_LETTERS)}`];
}

function countOf(stems: readonly string[]): Map<string, number> {
  const times = new Map<string, number>();
  for (const stem of stems) {
    const key = stem.toLowerCase();
    times.set(key, (times.get(key) ?? 0) + 1);
  }
  return times;
}
