import { describe, expect, it } from 'vitest';
import { mppOfPixel } from '../../../shared/image/pixel-size.ts';
import { headerPixelSize, type ResolutionTags } from './header-mpp.ts';

function headerMpp(tags: ResolutionTags): number | undefined {
  const size = headerPixelSize(tags);
  return size && mppOfPixel(size);
}

describe('headerMpp', () => {
  const unit = { resolutionUnit: 'none' } as const;

  it('reads Aperio, OME-XML and ImageJ descriptions', () => {
    const says = (description: string, xResolution?: number) =>
      headerMpp({ ...unit, description, ...(xResolution && { xResolution }) });
    expect(says('Aperio Image Library v11|AppMag = 20|MPP = 0.4990|Left = 25')).toBe(0.499);
    expect(says('Aperio Image Library v11|AppMag = 20|MPP = 0,4990|Left = 25')).toBe(0.499);
    expect(says('<OME><Pixels SizeX="8" PhysicalSizeX="0.25"/></OME>')).toBe(0.25);
    expect(says('<o:Pixels PhysicalSizeX="500" PhysicalSizeXUnit="nm" SizeX="8">')).toBe(0.5);
    expect(says('<Pixels PhysicalSizeX="0.0005" PhysicalSizeXUnit="mm">')).toBe(0.5);
    expect(says('ImageJ=1.54f\nunit=micron\nspacing=1', 4)).toBe(0.25);
    expect(says('ImageJ=1.54f\nunit=\\u00B5m\n', 2)).toBe(0.5);
  });

  it('reads sizes along y of their own', () => {
    const xml = '<Pixels PhysicalSizeX="0.5" PhysicalSizeY="250" PhysicalSizeYUnit="nm"/>';
    expect(headerPixelSize({ ...unit, description: xml })).toEqual({ x: 0.5, y: 0.25 });
    const tags = { resolutionUnit: 'cm', xResolution: 20_000, yResolution: 40_000 } as const;
    expect(headerPixelSize(tags)).toEqual({ x: 0.5, y: 0.25 });
    const imageJ = { ...tags, description: 'ImageJ=1.54f\nunit=mm\nyunit=cm\n' };
    expect(headerPixelSize({ ...imageJ, xResolution: 2000, yResolution: 40_000 })).toEqual({
      x: 0.5,
      y: 0.25,
    });
  });

  it.each([
    'µm',
    'μm',
    'um',
    'micron',
    'Micrometer',
    '&#181;m',
    '&#xB5;m',
    'Âµm',
    'Î¼m',
    ' µm ',
    '&amp;#181;m',
    '\\u00B5m',
  ])('knows the micrometre as %s', (name) => {
    const xml = `<?xml version='1.0'?><OME><Image><Pixels PhysicalSizeX = '0.5' PhysicalSizeXUnit='${name}'/></Image></OME>`;
    expect(headerMpp({ ...unit, description: xml })).toBe(0.5);
  });

  it('knows the other units of OME, and no Pixels in a comment', () => {
    const says = (size: string, name: string) =>
      headerMpp({
        ...unit,
        description: `<OME><!-- <Pixels PhysicalSizeX="9"/> --><Pixels PhysicalSizeX="${size}" PhysicalSizeXUnit="${name}"/></OME>`,
      });
    const half = {
      nm: '500',
      mm: '0.0005',
      cm: '5e-5',
      m: '5e-7',
      Å: '5000',
      pm: '5e5',
      'Ã…': '5000',
    };
    for (const [name, size] of Object.entries(half)) expect(says(size, name)).toBeCloseTo(0.5, 9);
    expect(says('0.0000196850394', 'in')).toBeCloseTo(0.5, 6);
    expect(says('0,5', 'µm')).toBe(0.5);
    expect(says('1,000.5', 'nm')).toBeUndefined();
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
    const { x, y } = headerPixelSize({ ...unit, description: attribute })!;
    expect([x, y]).toEqual([expect.closeTo(0.227, 9), expect.closeTo(0.226, 9)]);
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
