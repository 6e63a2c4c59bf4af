/**
 * A display colour as DICOM wants it: CIELab relative to D50, each value scaled to 16 bits (PS3.3,
 * C.10.7.1.1).
 *
 * @param colour `#rrggbb` in sRGB.
 */
export function cielabOf(colour: string): [number, number, number] {
  const [red, green, blue] = [1, 3, 5].map((at) =>
    linear(Number.parseInt(colour.slice(at, at + 2), 16) / 255),
  );
  const [x, y, z] = TO_D50.map(([r, g, b]) => curve(r * red! + g * green! + b * blue!));
  const [l, a, b] = [116 * y! - 16, 500 * (x! - y!), 200 * (y! - z!)];
  return [scaled(l / 100), scaled((a + 128) / 255), scaled((b + 128) / 255)];
}

/** Linear sRGB to XYZ, adapted from D65 to D50 (Bradford) and divided by the white point of D50. */
const TO_D50: readonly (readonly [number, number, number])[] = [
  [0.4360747 / 0.96422, 0.3850649 / 0.96422, 0.1430804 / 0.96422],
  [0.2225045, 0.7168786, 0.0606169],
  [0.0139322 / 0.82521, 0.0971045 / 0.82521, 0.7141733 / 0.82521],
];

/** The transfer curve of sRGB (IEC 61966-2-1). */
function linear(value: number): number {
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
}

function curve(value: number): number {
  return value > 216 / 24389 ? Math.cbrt(value) : (24389 / 27) * (value / 116) + 16 / 116;
}

function scaled(share: number): number {
  return Math.round(Math.min(1, Math.max(0, share)) * 65535);
}
