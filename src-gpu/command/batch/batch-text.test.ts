import { expect, test } from 'vitest';
import { consep } from '../../../shared/datasets/consep.ts';
import { noCounts, summariseCounts } from '../../../shared/detect/summary.ts';
import type { BatchSlide } from './batch-slide.ts';
import { batchText } from './batch-text.ts';
import { reportPage } from './report-page.ts';
import { summaryCsv } from './summary-csv.ts';

/** A slide of which nothing was found, over so much of it. */
function slide(stem: string, areaMm2: number, missing: number, classes?: string[]): BatchSlide {
  const summary = summariseCounts(noCounts(), consep, areaMm2, classes);
  const error = { code: 'IMAGE_UNREADABLE', detail: 'It ends too early.' };
  return {
    location: `${stem}.svs`,
    stem,
    finished: {
      image: { width: 100, height: 100 },
      mpp: { value: 0.5, source: 'request' },
      areaMm2,
      imageAreaMm2: 0.0025,
      model: { id: 'compact', version: '1.0', provider: 'cpu' },
      protocol: 'default',
      windows: 4,
      results: [{ dataset: consep, reason: 'Asked for.', threshold: 0.5, summary }],
      warnings: [],
      errors: Array.from({ length: missing }, () => error),
      files: [],
    },
  } as unknown as BatchSlide;
}

const slides = [slide('whole', 0.002, 0), slide('half', 0.001, 2), slide('none', 0, 4)];

test('slides with parts missing are named beside those that are done', () => {
  const text = batchText(slides, []);
  expect(text).toContain('3 of 3 slides done, 2 with parts missing: half, none. Research');
  expect(batchText(slides.slice(0, 1), [])).toContain('1 of 1 slides done. Research');
});

test('of some classes there are these alone, and it is said', () => {
  const some = [slide('some', 0.002, 0, ['epithelial'])];
  expect(batchText(some, [])).toContain('Only the classes asked for are counted.');
  expect(batchText(slides, [])).not.toContain('Only the classes');
  const [head] = summaryCsv(some);
  expect(head).toMatch(/,count Epithelial,per_mm2 Epithelial$/m);
  expect(head).not.toContain('Inflammatory');
  const page = [...reportPage(some, '2026-01-01')].join('');
  expect(page).toContain('Only the classes asked for are counted.');
  expect(page).not.toContain('Inflammatory');
});

test('a slide of which nothing was examined has no density, in no table', () => {
  expect(batchText(slides, [])).toMatch(/none +consep +0 +- /);
  const [head, ...rows] = [...summaryCsv(slides)].map((line) => line.trimEnd().split(','));
  const at = head!.indexOf('nuclei_per_mm2');
  expect(rows.map((row) => row[at])).toEqual(['0', '0', '']);
  expect([...reportPage(slides, '2026-01-01')].join('')).toContain('<td class="n">–</td>');
});
