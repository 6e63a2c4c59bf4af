/**
 * The value that parts a histogram best: the variance between what is below it and what is at or above it
 * is largest (Otsu, IEEE Trans. SMC 9, 1979).
 *
 * @param histogram Number of samples of each value.
 * @returns The lowest value of the upper class; 0 when all samples are equal.
 */
export function otsuThreshold(histogram: ArrayLike<number>): number {
  const counts = Array.from(histogram);
  const total = counts.reduce((sum, count) => sum + count, 0);
  const moment = counts.reduce((sum, count, value) => sum + count * value, 0);
  let [below, belowMoment, best, threshold] = [0, 0, 0, 0];
  for (const [value, count] of counts.entries()) {
    const above = total - below;
    if (below > 0 && above > 0) {
      const distance = belowMoment / below - (moment - belowMoment) / above;
      const variance = below * above * distance * distance;
      if (variance > best) [best, threshold] = [variance, value];
    }
    below += count;
    belowMoment += count * value;
  }
  return threshold;
}
