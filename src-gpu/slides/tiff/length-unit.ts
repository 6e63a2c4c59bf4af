/**
 * Units of length as the headers of pictures write them.
 *
 * @module
 */

/** Micrometres per unit: `UnitsLength` of the OME schema, and the names that ImageJ gives. */
const unitUm: Readonly<Record<string, number>> = {
  Ym: 1e30,
  Zm: 1e27,
  Em: 1e24,
  Pm: 1e21,
  Tm: 1e18,
  Gm: 1e15,
  Mm: 1e12,
  km: 1e9,
  hm: 1e8,
  dam: 1e7,
  m: 1e6,
  dm: 1e5,
  cm: 1e4,
  mm: 1e3,
  um: 1,
  nm: 1e-3,
  pm: 1e-6,
  fm: 1e-9,
  am: 1e-12,
  zm: 1e-15,
  ym: 1e-18,
  Å: 1e-4,
  thou: 25.4,
  mil: 25.4,
  li: 25_400 / 12,
  in: 25_400,
  inch: 25_400,
  ft: 304_800,
  foot: 304_800,
  yd: 914_400,
  yard: 914_400,
  mi: 1_609_344_000,
  mile: 1_609_344_000,
  ua: 1.495978707e17,
  ly: 9.4607304725808e21,
  pc: 3.0856775814913e22,
  pt: 25_400 / 72,
};

/** The micro sign and the Greek letter, also as UTF-8 that was read as Latin-1, as an entity, and as Java escapes it. */
const micro = /Âµ|Î¼|µ|μ|&#(?:181|956|xb5|x3bc);|&(?:micro|mu);|\\u(?:00b5|03bc)/gi;
/** As OME-Zarr spells units: `micrometer`. */
const metre = /^(\w*)met(?:er|re)s?$/i;
const prefixes: Readonly<Record<string, string>> = {
  yotta: 'Y',
  zetta: 'Z',
  exa: 'E',
  peta: 'P',
  tera: 'T',
  giga: 'G',
  mega: 'M',
  kilo: 'k',
  hecto: 'h',
  deca: 'da',
  '': '',
  deci: 'd',
  centi: 'c',
  milli: 'm',
  micro: 'u',
  nano: 'n',
  pico: 'p',
  femto: 'f',
  atto: 'a',
  zepto: 'z',
  yocto: 'y',
};
const micron = /^microns?$/i;
const angstrom = /^(?:Ã…|Ã\x85|Å|Å|angstroms?)$/i;

/** A length in micrometres; `undefined` for a unit that is none of length, as `pixel`. */
export function lengthUm(value: number, unit: string): number | undefined {
  const plain = unit.replace(/\s/g, '').replace(micro, 'u');
  const name = micron.test(plain) ? 'um' : angstrom.test(plain) ? 'Å' : shortened(plain);
  const um = Object.hasOwn(unitUm, name) ? unitUm[name] : undefined;
  return um === undefined ? undefined : value * um;
}

function shortened(unit: string): string {
  const prefix = metre.exec(unit)?.[1]?.toLowerCase();
  return prefix !== undefined && Object.hasOwn(prefixes, prefix) ? `${prefixes[prefix]}m` : unit;
}

/** A number, with a point or, as some scanners write it, a comma; NaN for anything else. */
export function decimal(text: string): number {
  const trimmed = text.trim();
  return /^[-+]?[\d.,]+(?:e[-+]?\d+)?$/i.test(trimmed)
    ? Number(trimmed.replace(/^([^.,]*),(?=[^.,]*$)/, '$1.'))
    : Number.NaN;
}
