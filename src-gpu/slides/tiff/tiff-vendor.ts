/**
 * What made a TIFF, as far as its first page says. Some makers use the format in a way that only their own
 * rules explain: such a file must never be read by the common ones.
 *
 * @module
 */
import type { TiffDirectory } from './tiff-directory.ts';
import { TAG } from './tiff-tags.ts';

export interface TiffVendor {
  /** `aperio`, `ome`, `philips` ...; as OpenSlide calls it where it does. */
  readonly id: string | undefined;
  /** Why the common rules of TIFF do not hold. */
  readonly ownRules?: string;
}

/** Finds the maker of a file by its first page. */
export async function tiffVendor(first: TiffDirectory): Promise<TiffVendor> {
  const description = (await first.text(TAG.description)) ?? '';
  const software = (await first.text(TAG.software)) ?? '';
  if (first.has(TAG.hamamatsuMagic)) {
    return { id: 'hamamatsu', ownRules: 'a Hamamatsu NDPI slide' };
  }
  if (description.includes('www.leica-microsystems.com/scn')) {
    return { id: 'leica', ownRules: 'a Leica SCN slide' };
  }
  if (software.startsWith('MedScan')) {
    return { id: 'trestle', ownRules: 'a Trestle slide, whose tiles overlap' };
  }
  if (((await first.text(TAG.xmp)) ?? '').includes('<iScan')) {
    return { id: 'ventana', ownRules: 'a Ventana BIF slide, whose tiles overlap' };
  }
  if (description.startsWith('Aperio')) return { id: 'aperio' };
  if (description.includes('DPUfsImport')) return { id: 'philips' };
  if (/<(?:\w+:)?OME\b/.test(description)) return { id: 'ome' };
  return { id: description.startsWith('ImageJ=') ? 'imagej' : undefined };
}
