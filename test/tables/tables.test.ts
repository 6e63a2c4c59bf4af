/** The tables of the documents say what was measured. */
import { describe, expect, it } from 'vitest';
import { pages, readPage } from '../docs/blocks.ts';
import { firstTable, readMeasured } from './sources.ts';
import { TABLES, withTables } from './tables.ts';

const measured = readMeasured();

describe('the tables of the documents', () => {
  it.each(pages())('are those of npm run tables in %s', (document) => {
    const page = readPage(document);
    expect(withTables(page, measured)).toBe(page);
  });

  it('stand each in a page', () => {
    const text = pages().map(readPage).join('\n');
    const shown = Object.keys(TABLES).filter((name) => text.includes(`<!-- table: ${name} -->`));
    expect(shown).toEqual(Object.keys(TABLES));
  });

  it('follow another score, and leave what is around them', () => {
    const page = 'Before.\n\n<!-- table: calibration -->\n\n| old |\n| --- |\n\nAfter.\n';
    const [first, ...others] = measured.card.datasets;
    const calibration = { ...first!.calibration!, eceAfter: 0.1234 };
    const card = { ...measured.card, datasets: [{ ...first!, calibration }, ...others] };
    const filled = withTables(page, { ...measured, card });
    expect(firstTable(filled)[0]).toMatchObject({ dataset: first!.name, after: '0.123' });
    expect(filled).toMatch(
      /^Before\.\n\n<!-- table: calibration -->\n\n\| dataset[\s\S]*\n\nAfter\.\n$/,
    );
  });

  it('say which name they do not know', () => {
    expect(() => withTables('<!-- table: score -->\n\n', measured)).toThrow(
      'No table is called score: scores',
    );
  });
});
