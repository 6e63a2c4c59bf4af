/** Nuclei per mm2 for a table: more digits than are known help nobody. A dash where nothing was examined. */
export function densityText(perMm2: number | null): string {
  return perMm2 === null ? '-' : perMm2.toFixed(perMm2 < 10 ? 1 : 0);
}
