import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fileSlices } from './file-slices.ts';
import { FORMATS, findFormat } from './registry.ts';

describe('fileSlices', () => {
  it('covers every nucleus once, in files that are not too large', () => {
    const cases = [fc.constantFrom(...FORMATS), fc.nat(2_000_000)] as const;
    fc.assert(
      fc.property(...cases, (format, count) => {
        const slices = fileSlices(format, 'slide.consep', count);
        expect(slices[0]!.start).toBe(0);
        expect(slices.at(-1)!.end).toBe(count);
        for (const [i, { start, end, part }] of slices.entries()) {
          if (i > 0) expect(start).toBe(slices[i - 1]!.end);
          expect(end - start).toBeLessThanOrEqual(format.maxCount ?? count);
          expect(part).toEqual(
            slices.length > 1 ? { number: i + 1, of: slices.length } : undefined,
          );
        }
        expect(new Set(slices.map(({ name }) => name)).size).toBe(slices.length);
      }),
    );
  });

  it('names them', () => {
    const names = (count: number) =>
      fileSlices(findFormat('qupath'), 'consep', count).map(({ name }) => name);
    expect(names(200_000)).toEqual(['consep.geojson']);
    expect(names(200_001)).toEqual(['consep.part-001.geojson', 'consep.part-002.geojson']);
    expect(names(0)).toEqual(['consep.geojson']);
  });
});
