/**
 * W3C Web Annotations (Web Annotation Data Model, 2017): a collection with all annotations in its first page,
 * each with the class as a tag, the score as an assessment and an ellipse as its selector. Annotorious reads
 * the annotations; a browser copes with some thousands of them.
 *
 * @module
 */
import type { ExportHead } from './format.ts';
import { imageId, nucleusIds } from './nucleus-ids.ts';
import { at, byClass, type Field, rowOf, score } from './row.ts';
import { writersOf } from './sections.ts';
import { COORDINATE_DECIMALS, openObject, radiusPx } from './writing.ts';

/** Section 4.2.7 of the model; Annotorious loses the shape when the element names its namespace. */
const SVG = '<svg><ellipse cx=\\"';

export const { write, stream } = writersOf((head) => {
  const { count, dataset, image, model } = head;
  const radius = radiusPx(head).toFixed(COORDINATE_DECIMALS);
  const tag = byClass(
    head,
    (name) => `{"type":"TextualBody","purpose":"tagging","value":${JSON.stringify(name)}},`,
    '',
  );
  const row = rowOf(
    ...['{"id":"urn:uuid:', idField(head), '","type":"Annotation","body":[', tag],
    ...['{"type":"TextualBody","purpose":"assessing","value":"', score, '"}]'],
    `,"target":{"source":${JSON.stringify(sourceIri(image.id))}`,
    ...[`,"selector":{"type":"SvgSelector","value":"${SVG}`, at('x'), '\\" cy=\\"', at('y')],
    `\\" rx=\\"${radius}\\" ry=\\"${radius}\\" /></svg>"}}}`,
  );
  const collection = openObject({
    '@context': 'http://www.w3.org/ns/anno.jsonld',
    id: `urn:uuid:${imageId(head)}`,
    type: 'AnnotationCollection',
    label: `Nuclei of ${image.id} under ${dataset.id}. Research use only.`,
    generator: {
      id: `urn:unicell-edge:${encodeURIComponent(model.id)}:${encodeURIComponent(model.version)}`,
      type: 'Software',
      name: `UniCell ${model.id} ${model.version}`,
    },
    total: count,
  });
  const page = openObject({ type: 'AnnotationPage', startIndex: 0 });
  return [
    { head: `${collection}"first":${page}"items":[\n`, separator: ',\n', tail: '\n]}}\n', row },
  ];
});

function idField(head: ExportHead): Field {
  const write = nucleusIds(head);
  return (out, nuclei, i) => write(out, nuclei.x[i]!, nuclei.y[i]!, nuclei.class[i]!);
}

/** A source is an IRI; what is no URL is a relative one. */
function sourceIri(id: string): string {
  // Half a surrogate pair has no place in an IRI.
  const wellFormed = id.replaceAll(/\p{Surrogate}/gu, '\ufffd');
  return /^https?:\/\//.test(id) ? encodeURI(wellFormed) : encodeURIComponent(wellFormed);
}
