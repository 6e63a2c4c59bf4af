/**
 * The numbers that HoVer-Net's own models have for classes (`type_info.json` and the heads that its authors
 * published), by dataset; 0 is no class.
 */
const NUMBERED: Readonly<Record<string, readonly (string | null)[]>> = {
  consep: [null, null, 'Inflammatory', 'Epithelial', 'Spindle-shaped'],
  pannuke: [null, 'Neoplastic', 'Inflammatory', 'Connective', 'Dead', 'Epithelial'],
  monusac: [null, 'Epithelial', 'Lymphocyte', 'Macrophage', 'Neutrophil'],
};

/**
 * The class behind a type of HoVer-Net's JSON.
 *
 * @returns The name, `null` for a type that is none, or `undefined` where the dataset has no such number.
 */
export function hoverNetClass(dataset: string, type: unknown): unknown {
  if (typeof type !== 'number') return type ?? null;
  if (type === 0) return null;
  return NUMBERED[dataset]?.[type];
}
