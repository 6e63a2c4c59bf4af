import { describe, expect, it } from 'vitest';
import { headerMpp } from './header-mpp.ts';

describe('headerMpp', () => {
  const unit = { resolutionUnit: 'none' } as const;

  it('reads Aperio, OME-XML and ImageJ descriptions', () => {
    const says = (description: string, xResolution?: number) =>
      headerMpp({ ...unit, description, ...(xResolution && { xResolution }) });
    expect(says('Aperio Image Library v11|AppMag = 20|MPP = 0.4990|Left = 25')).toBe(0.499);
    expect(says('<OME><Pixels SizeX="8" PhysicalSizeX="0.25"/></OME>')).toBe(0.25);
    expect(says('<o:Pixels PhysicalSizeX="500" PhysicalSizeXUnit="nm" SizeX="8">')).toBe(0.5);
    expect(says('<Pixels PhysicalSizeX="0.0005" PhysicalSizeXUnit="mm">')).toBe(0.5);
    expect(says('ImageJ=1.54f\nunit=micron\nspacing=1', 4)).toBe(0.25);
    expect(says('ImageJ=1.54f\nunit=\\u00B5m\n', 2)).toBe(0.5);
  });

  it('reads resolution tags, and lets the description win', () => {
    expect(headerMpp({ resolutionUnit: 'cm', xResolution: 20_000 })).toBe(0.5);
    expect(headerMpp({ resolutionUnit: 'inch', xResolution: 50_800 })).toBe(0.5);
    expect(
      headerMpp({ resolutionUnit: 'cm', xResolution: 20_000, description: 'Aperio|MPP = 0.25' }),
    ).toBe(0.25);
  });

  it("reads Philips' spacing in mm, columns after rows", () => {
    const attribute =
      '<DataObject ObjectType="DPUfsImport"><Attribute Name="DICOM_PIXEL_SPACING" Group="0x0028" ' +
      'Element="0x0030" PMSVR="IDoubleArray">&quot;0.000226&quot; &quot;0.000227&quot;</Attribute>';
    expect(headerMpp({ ...unit, description: attribute })).toBeCloseTo(0.227, 9);
  });

  it('does not take a print size, a unit nobody knows or an impossible value for a resolution', () => {
    for (const xResolution of [72, 96, 300, 600]) {
      expect(headerMpp({ resolutionUnit: 'inch', xResolution })).toBeUndefined();
    }
    expect(headerMpp({ ...unit, xResolution: 20_000 })).toBeUndefined();
    for (const description of [
      'Aperio|MPP = 0',
      'Aperio|MPP = -0.5',
      'Aperio|MPP = e',
      '<Pixels PhysicalSizeX="0.5" PhysicalSizeXUnit="pixel">',
      'a photograph; MPP = 0.5',
    ]) {
      expect(headerMpp({ ...unit, description })).toBeUndefined();
    }
  });
});
