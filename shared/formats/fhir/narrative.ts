import type { Narrative } from 'fhir/r4.js';
import { escapeXml } from '../xml.ts';

/** What people read of a resource, paragraph by paragraph (FHIR R4, "Narrative"). */
export function narrative(paragraphs: readonly string[]): Narrative {
  const html = paragraphs.map((text) => `<p>${escapeXml(text)}</p>`).join('');
  return { status: 'generated', div: `<div xmlns="http://www.w3.org/1999/xhtml">${html}</div>` };
}
