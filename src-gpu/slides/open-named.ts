/**
 * Slides of people who must not learn where they lie on this machine.
 *
 * @module
 */
import { UniCellError } from '../../shared/errors.ts';
import { type OpenSlideOptions, openSlide } from './open-slide.ts';
import type { Slide } from './slide.ts';

/**
 * Opens a slide as `openSlide` does; errors and warnings call it by `name`, and not by its location.
 *
 * @param name Begins a sentence: `The slide`.
 */
export async function openSlideNamed(
  name: string,
  location: string,
  options: OpenSlideOptions = {},
): Promise<Slide> {
  const renamed = (text: string) => text.replaceAll(location, name);
  const named = <T>(work: Promise<T>): Promise<T> =>
    work.catch((error) => {
      if (!(error instanceof UniCellError)) throw error;
      throw new UniCellError(error.code, renamed(error.message), { cause: error });
    });
  const slide = await named(openSlide(location, options));
  const { width, height, mpp, reader, vendor, levels, bounds, dicom } = slide;
  return {
    ...{ width, height, mpp, reader, vendor, levels, bounds, dicom },
    warnings: slide.warnings.map(({ code, detail }) => ({ code, detail: renamed(detail) })),
    read: (...args) => named(slide.read(...args)),
    fingerprint: (signal) => named(slide.fingerprint(signal)),
    close: () => slide.close(),
  };
}
