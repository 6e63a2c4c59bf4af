import { type Dataset, findClass } from '../datasets/dataset.ts';
import { nearestName } from '../datasets/nearest-name.ts';
import { UniCellError } from '../errors.ts';

/**
 * Checks that every class asked for is a class of at least one of the datasets.
 *
 * @throws {UniCellError} `INVALID_OPTIONS`, with the nearest class and all there are.
 */
export function checkClasses(
  classes: readonly string[] | undefined,
  datasets: readonly Dataset[],
): void {
  if (classes === undefined) {
    return;
  }
  const known = [...new Set(datasets.flatMap((d) => d.classes.map((c) => c.name)))];
  const allowed = `the classes of ${datasets.map((d) => d.id).join(', ')} are ${known.join(', ')}`;
  if (classes.length === 0) {
    throw new UniCellError(
      'INVALID_OPTIONS',
      `classes is empty; leave it out for all, or name some: ${allowed}.`,
    );
  }
  for (const spelling of classes) {
    if (datasets.every((d) => findClass(d, spelling) === -1)) {
      const nearest = nearestName(spelling, known);
      throw new UniCellError(
        'INVALID_OPTIONS',
        `There is no class "${spelling}".${nearest ? ` Did you mean "${nearest}"?` : ''} Here ${allowed}.`,
      );
    }
  }
}

/** The names of the classes that were asked for, in the dataset's order; `undefined` for all. */
export function namesAskedFor(
  dataset: Dataset,
  classes: readonly string[] | undefined,
): string[] | undefined {
  const isWanted = classFilter(dataset, classes);
  return classes && dataset.classes.map(({ name }) => name).filter((_, i) => isWanted(i));
}

/** Says of a class index whether its class was asked for; without `classes` all were. */
export function classFilter(
  dataset: Dataset,
  classes: readonly string[] | undefined,
): (classIndex: number) => boolean {
  const wanted = classes && new Set(classes.map((spelling) => findClass(dataset, spelling)));
  return (classIndex) => wanted?.has(classIndex) ?? true;
}
