/**
 * Examples of requests for jobs, which `/docs` offers to send.
 *
 * @module
 */

/** OpenSlide's test slide (Carnegie Mellon University, CC0), 2,220 x 2,967 px. */
const SLIDE =
  'https://openslide.cs.cmu.edu/download/openslide-testdata/Aperio/CMU-1-Small-Region.svs';

/** Requests for jobs, by name. */
export const EXAMPLES = {
  url: { source: { type: 'url', url: SLIDE }, dataset: ['consep', 'ocelot'], exports: ['qupath'] },
  region: {
    source: { type: 'url', url: SLIDE },
    dataset: 'consep',
    regions: [
      {
        type: 'Polygon',
        coordinates: [
          [
            [0, 0],
            [2000, 0],
            [2000, 900],
            [0, 0],
          ],
        ],
      },
    ],
  },
  webhook: {
    source: { type: 'url', url: SLIDE },
    webhook: { url: 'https://lab.example.org/hook' },
  },
  path: { source: { type: 'path', path: 'case-1/a.svs' }, dataset: 'auto', organ: 'colon' },
  dicomweb: {
    source: {
      type: 'dicomweb',
      root: 'https://pacs.example.org/dicom-web',
      study: '2.25.1',
      series: '2.25.2',
    },
    exports: ['dicom-ann', 'dicom-sr'],
  },
};

/** What has to be changed before an example runs. */
export const YOURS = {
  webhook: 'name an address of yours; the service must have a WEBHOOK_SECRET',
  path: 'name a slide below the SLIDE_FOLDERS of the service',
  dicomweb: 'name a series in a PACS that the service may reach',
};
