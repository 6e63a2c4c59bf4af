import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { FORMATS } from '../shared/formats/registry.ts';

it('every format has its place in docs/formats.md', () => {
  const text = readFileSync(new URL('../docs/formats.md', import.meta.url), 'utf8');
  const rows = text.split('\n').filter((line) => line.startsWith('| `'));
  const missing = FORMATS.filter(({ id }) => !rows.some((row) => row.includes(`\`${id}\``)));
  expect(missing.map(({ id }) => id)).toEqual([]);
});
