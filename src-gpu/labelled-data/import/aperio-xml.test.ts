import { expect, it } from 'vitest';
import { consep } from '../../../shared/datasets/consep.ts';
import { write } from '../../../shared/formats/aperio.ts';
import { exportInput, nucleiOf } from '../../../test/support/export-input.ts';
import { textOf } from '../../../test/support/text-of.ts';
import { parseAperioXml } from './aperio-xml.ts';

it('reads the annotations that results are written as', () => {
  const rows = [
    [100, 200, 1, 0.9],
    [300.25, 400.5, 0, 0.8],
  ] as const;
  const { mpp, regions } = parseAperioXml(textOf(write(exportInput(nucleiOf(rows)))), 'a.xml');
  expect(mpp).toBe(0.25);
  const found = regions.map(({ label, outline }) => {
    const xs = outline.filter((_, i) => i % 2 === 0);
    return [label, outline.length / 2, (Math.min(...xs) + Math.max(...xs)) / 2];
  });
  expect(found).toEqual([
    [consep.classes[0]!.name, 8, 300.25],
    [consep.classes[1]!.name, 8, 100],
  ]);
});
