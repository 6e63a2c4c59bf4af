/**
 * `npm run tables`: makes the tables of the documents anew that a new model changes (`tables.ts`), where a page has
 * `<!-- table: NAME -->` and a line of nothing before one.
 *
 * @module
 */
import { writeFileSync } from 'node:fs';
import { pages, readPage, root } from '../docs/blocks.ts';
import { readMeasured } from './sources.ts';
import { withTables } from './tables.ts';

const measured = readMeasured();
for (const document of pages()) {
  const page = readPage(document);
  const filled = withTables(page, measured);
  if (filled === page) continue;
  writeFileSync(`${root}${document}`, filled);
  console.log(document);
}
