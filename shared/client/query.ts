/**
 * Options as a query.
 *
 * @module
 */

/** Lists by commas, objects as JSON; what is `undefined` is left out. */
export function queryOf(options: object): URLSearchParams {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined) continue;
    const isPlainList = Array.isArray(value) && value.every((item) => typeof item !== 'object');
    if (isPlainList) query.set(name, value.join(','));
    else query.set(name, typeof value === 'object' ? JSON.stringify(value) : String(value));
  }
  return query;
}
