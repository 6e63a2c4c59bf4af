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

/** The error code in a body, such as `NoSuchBucket`; undefined where there is none. */
export function errorCodeOf(body: string): string | undefined {
  try {
    return textsOf(body, 'Code')[0];
  } catch {
    return undefined;
  }
}
