/**
 * Reads both JSON layouts, one object per nucleus and one array per column, and the JSON of HoVer-Net and COCO.
 *
 * @module
 */
import { UniCellError } from '../errors.ts';
import type { NucleiByImage, ReadOptions } from './format.ts';
import { hoverNetClass } from './hovernet-classes.ts';
import { NucleiCollector } from './nuclei-collector.ts';
import { member, parseJson } from './parse-json.ts';
import { isCoco, readCoco } from './read-coco.ts';

/** See `FormatReader.read`. */
export function read(text: string, options: ReadOptions): NucleiByImage {
  const { origin } = options;
  const file = parseJson(text, origin);
  if (isCoco(file)) return readCoco(file, options);
  const hoverNet = member(file, 'nuc');
  if (typeof hoverNet === 'object' && hoverNet !== null) return readHoverNet(hoverNet, options);
  const nuclei = member(file, 'nuclei');
  const id = member(member(file, 'image'), 'id');
  const image = typeof id === 'string' ? id : '';
  const collector = new NucleiCollector(options, 'nucleus');
  collector.addImage(image);
  if (Array.isArray(nuclei)) {
    nuclei.forEach((one, i) => {
      const [x, y, name] = [member(one, 'x'), member(one, 'y'), member(one, 'class')];
      collector.add(image, i, x, y, name, member(one, 'score'));
    });
    return collector.finish();
  }
  const { x, y, classes, score } = columns(nuclei, origin);
  const names = member(member(file, 'dataset'), 'classes');
  for (let i = 0; i < x.length; i++) {
    collector.add(image, i, x[i], y[i], className(names, classes[i]), score?.[i]);
  }
  return collector.finish();
}

/** `{"nuc": {"1": {"centroid": [x, y], "type": 1, "type_prob": 0.9}}}`; the score is the probability of the type. */
function readHoverNet(nuclei: object, options: ReadOptions): NucleiByImage {
  const collector = new NucleiCollector(options, 'nucleus');
  collector.addImage('');
  for (const [i, [id, nucleus]] of Object.entries(nuclei).entries()) {
    const type = member(nucleus, 'type');
    const name = hoverNetClass(options.dataset.id, type);
    if (name === undefined) {
      throw collector.error(
        i,
        `${id} has the type ${JSON.stringify(type)}, and ${options.dataset.id} has no such number in HoVer-Net. Write names of classes as types.`,
      );
    }
    const centroid = member(nucleus, 'centroid');
    const score = member(nucleus, 'type_prob') ?? undefined;
    collector.add('', i, member(centroid, '0'), member(centroid, '1'), name, score);
  }
  return collector.finish();
}

function columns(nuclei: unknown, origin: string) {
  const [x, y, classes, score] = ['x', 'y', 'class', 'score'].map((name) => member(nuclei, name));
  if (!Array.isArray(x) || !Array.isArray(y) || !Array.isArray(classes)) {
    throw new UniCellError(
      'POINTS_INVALID',
      `${origin} has no "nuclei" that are an array of {x, y, class, score} or an object of arrays x, y, class and score.`,
    );
  }
  const lengths = [x, y, classes, ...(Array.isArray(score) ? [score] : [])].map((c) => c.length);
  if (new Set(lengths).size > 1) {
    throw new UniCellError(
      'POINTS_INVALID',
      `The columns of ${origin} have ${lengths.join(', ')} values; they must be equally long.`,
    );
  }
  return { x, y, classes, score: Array.isArray(score) ? score : undefined } as {
    x: unknown[];
    y: unknown[];
    classes: unknown[];
    score: unknown[] | undefined;
  };
}

/** The name behind an index of the file; an index without a name stays as it is, to be refused. */
function className(names: unknown, index: unknown): unknown {
  return typeof index === 'number' && Array.isArray(names) ? (names[index] ?? index) : index;
}
