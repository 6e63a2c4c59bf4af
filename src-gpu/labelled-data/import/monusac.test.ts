import { describe, expect, it } from 'vitest';
import { imported } from '../../../test/support/imported.ts';
import { aperioXml, picture } from '../../../test/support/published.ts';
import { readDataFolder } from '../data-folder.ts';

describe('MoNuSAC as published', () => {
  it('takes outlines of MoNuSAC as their centroids', async () => {
    const square = (x: number, y: number): [number, number][] => [
      [x, y],
      [x + 4, y],
      [x + 4, y + 4],
      [x, y + 4],
    ];
    const training = 'MoNuSAC_images_and_annotations/TCGA-5P-A9K0-01Z-00-DX1';
    const testing = 'MoNuSAC Testing Data and Annotations/TCGA-2Z-A9JG-01Z-00-DX1';
    const { out, importer, images, points, ignored, summary } = await imported('monusac', {
      [`${training}/TCGA-5P-A9K0-01Z-00-DX1_2.xml`]: aperioXml(
        {
          Epithelial: [square(10, 20), [[1, 1]]],
          Lymphocyte: [square(30, 40)],
          Macrophage: [],
        },
        'MicronsPerPixel="0.19448"',
      ),
      [`${training}/TCGA-5P-A9K0-01Z-00-DX1_2.svs`]: 'not looked at',
      [`${training}/TCGA-5P-A9K0-01Z-00-DX1_2.tif`]: await picture(80, 60, 'tiff'),
      [`${testing}/TCGA-2Z-A9JG-01Z-00-DX1_1.xml`]: aperioXml({
        Neutrophil: [square(0, 0)],
        Ambiguous: [square(5.4, 5), square(78, 58), square(90, 90), [[3, 3]]],
      }),
      [`${testing}/TCGA-2Z-A9JG-01Z-00-DX1_1.png`]: await picture(80, 60),
    });
    const train = 'TCGA-5P-A9K0-01Z-00-DX1_2.png';
    const test = 'TCGA-2Z-A9JG-01Z-00-DX1_1.png';
    expect(images.toSorted()).toEqual([
      `${test},test,80,60,0.25,TCGA-2Z-A9JG-01Z-00-DX1,TCGA-2Z-A9JG`,
      `${train},train,80,60,0.19448,TCGA-5P-A9K0-01Z-00-DX1,TCGA-5P-A9K0`,
      'image,split,width,height,mpp,slide,patient',
    ]);
    expect(points.toSorted()).toEqual([
      `${test},2,2,neutrophil`,
      `${train},12,22,epithelial`,
      `${train},32,42,lymphocyte`,
      'image,x,y,class',
    ]);
    // Whole pixels around the regions, as far as the picture goes.
    expect(ignored).toEqual(['image,x0,y0,x1,y1', `${test},5,5,10,9`, `${test},78,58,80,60`]);
    expect(summary.ignored).toBe(2);
    expect(summary.leftOut()).toEqual([{ what: 'outlines that enclose nothing', count: 2 }]);
    const [read] = await readDataFolder(out, importer.dataset, 'test');
    expect(read!.ignored).toHaveLength(2);
  });

  it('scales ignored regions with their picture', async () => {
    const home = 'MoNuSAC Testing Data and Annotations/TCGA-2Z-A9JG-01Z-00-DX1';
    const corners: [number, number][] = [
      [11, 20],
      [31, 20],
      [31, 40],
    ];
    const { ignored } = await imported(
      'monusac',
      {
        [`${home}/TCGA-2Z-A9JG-01Z-00-DX1_1.xml`]: aperioXml(
          { Ambiguous: [corners] },
          'MicronsPerPixel="0.25"',
        ),
        [`${home}/TCGA-2Z-A9JG-01Z-00-DX1_1.png`]: await picture(80, 60),
      },
      { mpp: 0.5 },
    );
    expect(ignored[1]).toBe('TCGA-2Z-A9JG-01Z-00-DX1_1.png,5,10,16,20');
  });
});
