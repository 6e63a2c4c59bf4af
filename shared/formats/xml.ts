/**
 * XML as the formats for viewers write it.
 *
 * @module
 */
import type { ExportHead } from './format.ts';

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\t': '&#9;',
  '\n': '&#10;',
  '\r': '&#13;',
};

/**
 * Text for an element, or for an attribute in double quotes. What XML 1.0 cannot hold (section 2.2) becomes
 * U+FFFD.
 */
export function escapeXml(text: string): string {
  return (
    text
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what XML has no place for.
      .replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '\ufffd')
      .replaceAll(/[&<>"\t\n\r]/g, (character) => ENTITIES[character]!)
  );
}

/** The declaration, and a comment that says what made the file. */
export function xmlOpening({ model, dataset }: ExportHead): string {
  const made = escapeXml(`UniCell ${model.id} ${model.version}, ${dataset.id}`);
  // Two hyphens would end the comment.
  const comment = made.replaceAll('-', '\u2010');
  return `<?xml version="1.0" encoding="UTF-8"?>\n<!-- ${comment}. Research use only. -->\n`;
}
