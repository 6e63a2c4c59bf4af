/**
 * What an S3-compatible store answers, as far as we ask.
 *
 * @module
 */
import { SaxesParser } from 'saxes';

/** The text of every element of a name, in order. */
export function textsOf(xml: string, name: string): string[] {
  const texts: string[] = [];
  let text: string | undefined;
  const parser = new SaxesParser();
  parser.on('opentag', (tag) => {
    if (tag.name === name) text = '';
  });
  parser.on('text', (part) => {
    if (text !== undefined) text += part;
  });
  parser.on('closetag', (tag) => {
    if (tag.name !== name) return;
    texts.push(text ?? '');
    text = undefined;
  });
  parser.write(xml).close();
  return texts;
}

/**
 * The text of an element that an answer holds once.
 *
 * @param root Name of the answer, which tells it from an error that came with the status 200.
 * @throws {Error} When the body is another one, cut short, or no XML.
 */
export function onlyTextOf(xml: string, root: string, name: string): string {
  requireRoot(xml, root);
  const text = textsOf(xml, name)[0];
  if (text === undefined || text === '') throw new Error(`${root} without ${name}`);
  return text;
}

/** One page of a list: its keys, and the token of the next page where there is one. */
export function pageOf(xml: string): { readonly keys: readonly string[]; readonly next?: string } {
  requireRoot(xml, 'ListBucketResult');
  const next = textsOf(xml, 'NextContinuationToken')[0];
  const isCut = textsOf(xml, 'IsTruncated')[0] === 'true';
  if (isCut && next === undefined) throw new Error('a list that goes on, and does not say where');
  return { keys: textsOf(xml, 'Key'), ...(isCut && next !== undefined ? { next } : {}) };
}

function requireRoot(xml: string, root: string): void {
  const found = /^\s*(?:<\?xml[^>]*>\s*)?<([\w:]+)/.exec(xml)?.[1];
  if (found === root) return;
  const what = found === 'Error' ? (errorCodeOf(xml) ?? 'an error') : (found ?? 'nothing');
  throw new Error(`${what} in place of ${root}`);
}

/** The error code in a body, such as `NoSuchBucket`; undefined where there is none. */
export function errorCodeOf(body: string): string | undefined {
  try {
    return textsOf(body, 'Code')[0];
  } catch {
    return undefined;
  }
}
