/**
 * XML of ASAP (Automated Slide Analysis Platform): a dot per nucleus, in a group per class. ASAP has no place
 * for a score, so it stands in the name of the dot.
 *
 * @module
 */
import { UNKNOWN_COLOUR } from './colour.ts';
import { at, byClass, counter, rowOf, score } from './row.ts';
import { writersOf } from './sections.ts';
import { escapeXml, xmlOpening } from './xml.ts';

export const { write, stream } = writersOf((head) => {
  const group = byClass(
    head,
    (name, colour) => `" Type="Dot" PartOfGroup="${escapeXml(name)}" Color="${colour}">`,
    `" Type="Dot" PartOfGroup="None" Color="${UNKNOWN_COLOUR}">`,
  );
  const row = rowOf(
    ...['<Annotation Name="', counter(), ', score ', score, group],
    ...['<Coordinates><Coordinate Order="0" X="', at('x'), '" Y="', at('y')],
    '"/></Coordinates></Annotation>\n',
  );
  const groups = head.dataset.classes.map(
    ({ name, colour }) =>
      `<Group Name="${escapeXml(name)}" PartOfGroup="None" Color="${colour}"><Attributes/></Group>\n`,
  );
  return [
    {
      head: `${xmlOpening(head)}<ASAP_Annotations>\n<Annotations>\n`,
      separator: '',
      tail: `</Annotations>\n<AnnotationGroups>\n${groups.join('')}</AnnotationGroups>\n</ASAP_Annotations>\n`,
      row,
    },
  ];
});
