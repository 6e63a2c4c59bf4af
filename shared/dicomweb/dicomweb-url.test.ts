import { describe, expect, it } from 'vitest';
import {
  checkRoot,
  instanceUrl,
  parseFrameUrl,
  parseSeriesUrl,
  seriesUrl,
} from './dicomweb-url.ts';

const root = 'https://pacs.example.org/dicom-web';
const series = { root, study: '1.2.3', series: '4.5' };

describe('the URL of a series', () => {
  it('goes there and back', () => {
    expect(parseSeriesUrl(seriesUrl(series))).toEqual(series);
    expect(parseSeriesUrl(`${seriesUrl(series)}/`)).toEqual(series);
    const bare = { ...series, root: 'http://10.0.0.5:8042' };
    expect(parseSeriesUrl(seriesUrl(bare))).toEqual(bare);
  });

  it.each([
    'slide.svs',
    `${root}/studies/1.2.3`,
    `${root}/studies/1.2.3/series/4.5/instances/6`,
    `${root}/studies/1.2.3/series/4..5`,
    `${root}/studies/1.2.3/series/4.5?key=1`,
    `${root}/studies/1.2.3/series/${'1.'.repeat(32)}1`,
    'https://user:secret@pacs.example.org/studies/1.2/series/3.4',
    'ftp://pacs.example.org/studies/1.2/series/3.4',
  ])('is not %s', (text) => {
    expect(parseSeriesUrl(text)).toBeUndefined();
  });
});

describe('the URL of a frame', () => {
  it('names it', () => {
    const instance = { ...series, instance: '6.7' };
    expect(parseFrameUrl(`${instanceUrl(instance)}/frames/8`)).toEqual({ ...instance, frame: 8 });
  });

  it.each(['frames/0', 'frames/1,2', 'frames/1/rendered', 'metadata'])('is not %s', (end) => {
    expect(parseFrameUrl(`${instanceUrl({ ...series, instance: '6.7' })}/${end}`)).toBeUndefined();
  });
});

describe('the root of a service', () => {
  it('ends without slashes', () => {
    expect(checkRoot(`${root}//`)).toBe(root);
    expect(checkRoot('HTTPS://PACS.example.org')).toBe('https://pacs.example.org');
  });

  it.each([
    ['dicom-web', /not an http URL/],
    [`${root}?token=abc`, /has a query/],
    [`${root}#a`, /has a query or a fragment/],
    [`${root}/studies/1.2`, /goes beyond the root/],
    ['https://user:secret@pacs.example.org/dicom-web', /carries credentials/],
  ])('is not %s', (text, message) => {
    expect(() => checkRoot(text)).toThrow(message);
    expect(() => checkRoot(text)).not.toThrow(/secret|abc/);
  });
});
