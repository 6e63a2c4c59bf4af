import { stat } from 'node:fs/promises';
import { join } from 'node:path';

/** Files that describe a group or an array, and begin a Zarr. */
const DESCRIPTIONS = ['zarr.json', '.zgroup', '.zattrs', '.zarray'];

/** Whether a path is a folder that holds a Zarr, of any version. */
export async function isZarrPath(path: string): Promise<boolean> {
  for (const name of DESCRIPTIONS) {
    const status = await stat(join(path, name)).catch(() => undefined);
    if (status?.isFile()) return true;
  }
  return false;
}

/** Whether an address is one of a Zarr: its path has a name that ends in `.zarr`. */
export function isZarrUrl(address: string): boolean {
  return /\.zarr(\/|$)/i.test(URL.parse(address)?.pathname ?? '');
}
