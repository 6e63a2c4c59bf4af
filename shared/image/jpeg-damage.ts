/**
 * What libjpeg says of a JPEG that it could not read as a whole. It paints grey what is missing, takes what a
 * damaged code says for pixels, and goes on; both tiers decode with it, and both hear its first warning.
 *
 * @module
 */

/** Some writers pad the coded data; so few bytes hold no block that anybody would miss. */
const PADDING_BYTES = 32;

/** Whether pixels are missing or wrong, by the text of a warning. */
export function tellsOfDamage(warning: string): boolean {
  const padding = /(\d+) extraneous bytes before marker 0xd9/.exec(warning);
  if (padding && Number(padding[1]) <= PADDING_BYTES) return false;
  return /Corrupt JPEG data|Premature end of JPEG file/i.test(warning);
}
