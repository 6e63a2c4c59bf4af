import { describe, expect, it } from 'vitest';
import { derivation, slideMetadata } from '../../../test/support/dicom-head.ts';
import { errorsOf, hasValidator, readDicom } from '../../../test/support/read-dicom.ts';
import { tempFolder } from '../../../test/support/temp-folder.ts';
import { ocelot } from '../../datasets/ocelot.ts';
import { type DicomJson, itemsOf, numberOf, numbersOf, textOf } from '../../dicom/dicom-json.ts';
import type { Region } from '../../image/source.ts';
import type { RegionGeometry } from '../../tiling/region-geometry.ts';
import type { Derivation } from '../derivation.ts';
import { findFormat } from '../registry.ts';

const folder = tempFolder();
const canValidate = hasValidator();

const nuclei = {
  length: 4,
  x: Float32Array.of(10, 20, 30, 900),
  y: Float32Array.of(10, 20, 30, 900),
  class: Uint8Array.of(0, 1, 1, 1),
  score: Float32Array.of(1, 1, 1, 1),
};

async function report(
  more: Partial<Derivation> = {},
  missing: readonly Region[] = [],
): Promise<Uint8Array> {
  const { write } = await findFormat('dicom-sr').load();
  const parts = write({
    nuclei,
    dataset: ocelot,
    image: { id: 'a', width: 1000, height: 1000, mpp: 0.5 },
    model: { id: 'tiny', version: '1.0' },
    missing,
    dicom: derivation(slideMetadata(1000, 1000), more),
  });
  return Buffer.concat([...parts]);
}

/** Measurement groups: what was found where, with its measurements by name. */
function groupsOf(data: DicomJson) {
  const named = (item: DicomJson) => textOf(itemsOf(item, '0040A043')[0], '00080104');
  const content = (item: DicomJson) => itemsOf(item, '0040A730');
  const measurements = content(data).find((item) => named(item) === 'Imaging Measurements')!;
  return content(measurements).map((group) => {
    const byName = new Map(content(group).map((item) => [named(item), item]));
    const numbers = content(group)
      .filter((item) => textOf(item, '0040A040') === 'NUM')
      .map((item) => {
        const [value] = itemsOf(item, '0040A300');
        expect(numberOf(value, '0040A30A')).toBeCloseTo(numberOf(value, '0040A161')!, 10);
        const unit = textOf(itemsOf(value, '004008EA')[0], '00080100');
        return [named(item), [numberOf(value, '0040A161'), unit]];
      });
    return {
      where: textOf(byName.get('Tracking Identifier'), '0040A160'),
      finding: textOf(itemsOf(byName.get('Finding')!, '0040A168')[0], '00080100'),
      template: textOf(itemsOf(group, '0040A504')[0], '0040DB00'),
      outline: numbersOf(byName.get('Image Region'), '00700022'),
      ...Object.fromEntries(numbers),
    };
  });
}

const square: RegionGeometry = {
  type: 'Polygon',
  coordinates: [
    [
      [0, 0],
      [100, 0],
      [100, 100],
      [0, 100],
      [0, 0],
    ],
  ],
};

describe('a DICOM report', () => {
  it('says counts, densities and fractions of the whole slide, with codes and units', async () => {
    const data = readDicom(await report({ areaMm2: 2 }));
    expect(groupsOf(data)).toEqual([
      {
        where: 'ocelot: all nuclei, whole slide',
        finding: '84640000',
        template: '1501',
        outline: [],
        Area: [2, 'mm2'],
        'Count of entities': [4, '{nuclei}'],
        'Nuclei per area': [2, '/mm2'],
      },
      {
        where: 'ocelot: Background_Cell, whole slide',
        finding: '74964007',
        template: '1501',
        outline: [],
        Area: [2, 'mm2'],
        'Count of entities': [1, '{nuclei}'],
        'Nuclei per area': [0.5, '/mm2'],
        'Fraction of all nuclei': [25, '%'],
      },
      {
        where: 'ocelot: Tumor_Cell, whole slide',
        finding: '1187225007',
        template: '1501',
        outline: [],
        Area: [2, 'mm2'],
        'Count of entities': [3, '{nuclei}'],
        'Nuclei per area': [1.5, '/mm2'],
        'Fraction of all nuclei': [75, '%'],
      },
    ]);
    expect(textOf(itemsOf(data, '0040A043')[0], '00080100')).toBe('126000');
    expect([textOf(data, '0040A491'), textOf(data, '0040A493'), textOf(data, '0040A496')]).toEqual([
      'COMPLETE',
      'UNVERIFIED',
      'PRELIMINARY',
    ]);
  });

  it('measures every region by itself, and shows it where it is one polygon', async () => {
    const beyond: RegionGeometry = {
      type: 'MultiPolygon',
      coordinates: [[square.coordinates[0]!.map(([x, y]) => [x * 20 - 1000, y * 20 - 1000])]],
    } as RegionGeometry;
    const [all, , , outside] = groupsOf(readDicom(await report({ regions: [square, beyond] })));
    expect(all).toMatchObject({
      where: 'ocelot: all nuclei, region 1',
      template: '1410',
      Area: [0.0025, 'mm2'],
      'Count of entities': [3, '{nuclei}'],
      'Nuclei per area': [1200, '/mm2'],
    });
    expect(all!.outline).toHaveLength(15);
    expect(all!.outline.slice(0, 3)).toEqual(all!.outline.slice(-3));
    expect(all!.outline[0]).toBeCloseTo(20.000125, 5);
    // Only what lies in the image has an area.
    expect(outside).toMatchObject({
      template: '1501',
      Area: [0.25, 'mm2'],
      'Count of entities': [4, '{nuclei}'],
      'Nuclei per area': [16, '/mm2'],
    });
  });

  it('says nothing of classes that were not asked for, and so no fractions', async () => {
    const groups = groupsOf(readDicom(await report({ classes: [1] })));
    expect(groups).toMatchObject([
      { where: 'ocelot: Tumor_Cell, whole slide', 'Count of entities': [3, '{nuclei}'] },
    ]);
    expect(groups[0]).not.toHaveProperty('Fraction of all nuclei');
  });

  it('says that it is partial where parts of the slide have no result', async () => {
    const data = readDicom(await report({}, [{ x: 0, y: 0, width: 9, height: 9 }]));
    expect(textOf(data, '0040A491')).toBe('PARTIAL');
  });

  it('has densities over the part of a region that was examined, and none where none was', async () => {
    const areasOf = async (...missing: Region[]) =>
      groupsOf(readDicom(await report({ regions: [square] }, missing))).map((group) => group.Area);
    const half = await areasOf({ x: 50, y: 0, width: 950, height: 1000 });
    // 50 x 100 pixels of 0.5 um.
    for (const area of half) expect(area).toEqual([0.00125, 'mm2']);
    const missing = [
      { x: 0, y: 0, width: 61, height: 1000 },
      { x: 60, y: 0, width: 940, height: 1000 },
    ];
    for (const group of groupsOf(readDicom(await report({ regions: [square] }, missing)))) {
      expect(group.Area).toEqual([0, 'mm2']);
      expect(Object.keys(group).filter((name) => /density|per/i.test(name))).toEqual([]);
    }
  });

  it.skipIf(!canValidate)('passes the validator', async () => {
    expect(errorsOf(await report(), folder)).toEqual([]);
    expect(
      errorsOf(await report({ regions: [square] }, [{ x: 0, y: 0, width: 9, height: 9 }]), folder),
    ).toEqual([]);
  });
});
