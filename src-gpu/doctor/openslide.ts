import { openSlideHint } from '../slides/openslide/hint.ts';
import { findOpenSlide } from '../slides/openslide/library.ts';
import type { Check } from './check.ts';

/** OpenSlide is for the formats of some scanners only. */
export const openSlide: Check = {
  id: 'openslide',
  async run() {
    const library = await findOpenSlide();
    if (library) return { status: 'ok', detail: `OpenSlide ${library.version}.` };
    return {
      status: 'limited',
      detail: 'OpenSlide is not there: NDPI, MRXS, SCN and BIF cannot be read.',
      fix: openSlideHint,
    };
  },
};
