import { readFile } from 'node:fs/promises';
import type { ApiAdapters } from '../../shared/api/adapters.ts';

/** The pages of both tiers. */
export async function readPages(): Promise<ApiAdapters['pages']> {
  const read = (name: string) =>
    readFile(new URL(`../../shared/api/pages/${name}.html`, import.meta.url), 'utf8');
  const [playground, docs] = await Promise.all([read('playground'), read('docs')]);
  return { playground, docs };
}
