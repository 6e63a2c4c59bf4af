/** What the viewer shows of a slide that lies in a PACS. */
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { jobSchema } from '../../shared/api/jobs/job-schemas.ts';
import { cellPixels } from '../api/images.ts';
import { gpuForTests } from '../support/gpu-service.ts';
import { hasOrthanc, Orthanc } from '../support/orthanc.ts';
import { tempFolder } from '../support/temp-folder.ts';

const canRun = hasOrthanc();

describe.skipIf(!canRun)('a slide of a PACS', () => {
  it('is served as tiles and as IIIF, and its nuclei as points', async () => {
    const orthanc = await Orthanc.start(tempFolder(), { password: 'pacs secret' });
    try {
      const service = await gpuForTests({
        DICOMWEB_ROOTS: orthanc.dicomWeb,
        DICOMWEB_CREDENTIALS: JSON.stringify({
          [orthanc.dicomWeb]: { authorization: orthanc.authorization },
        }),
      });
      const [width, height] = [900, 700];
      const cells: [number, number][] = [];
      for (let i = 2; i < 80; i += 2) cells.push([i, i]);
      const data = cellPixels(width, height, cells);
      const { study, series } = await orthanc.addSlide({ width, height, data });
      const source = { type: 'dicomweb', root: orthanc.dicomWeb, study, series };
      const made = await fetch(`${service.url}/v1/jobs`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ source, dataset: 'consep', tissue: 'none' }),
      });
      const { id } = jobSchema.parse(await made.json());
      const job = `${service.url}/v1/jobs/${id}`;
      expect(await (await fetch(`${job}?wait=60`)).json()).toMatchObject({ status: 'completed' });

      const file = await fetch(`${job}/iiif/0,0,${width},${height}/max/0/default.png`);
      expect(file.status).toBe(200);
      const { data: shown, info } = await sharp(await file.arrayBuffer())
        .removeAlpha()
        .raw()
        .toBuffer({ resolveWithObject: true });
      expect([info.width, info.height]).toEqual([width, height]);
      let sum = 0;
      for (let i = 0; i < shown.length; i++) sum += Math.abs(shown[i]! - data[i]!);
      // JPEG frames differ by a few grey levels in the mean, a wrong frame by a hundred.
      expect(sum / shown.length).toBeLessThan(8);
      const tile = await fetch(`${job}/image_files/10/0_0.jpeg`);
      expect([tile.status, tile.headers.get('content-type')]).toEqual([200, 'image/jpeg']);
      const points = await (await fetch(`${job}/points`)).json();
      expect(JSON.stringify(points)).toContain('consep');
    } finally {
      await orthanc.stop();
    }
  });
});
