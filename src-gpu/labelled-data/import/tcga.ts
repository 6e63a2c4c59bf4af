/**
 * Patient and slide of a picture that is called after its TCGA barcode, such as
 * `TCGA-5P-A9K0-01Z-00-DX1_2`.
 *
 * @returns Columns `slide` and `patient`; none when the name begins otherwise.
 */
export function tcgaColumns(name: string): Record<string, string> {
  const found = /^((TCGA-[A-Z0-9]{2}-[A-Z0-9]{4})-\d{2}[A-Z]-\d{2}-[A-Z]{2}\w?\d*)/.exec(name);
  return found ? { slide: found[1]!, patient: found[2]! } : {};
}
