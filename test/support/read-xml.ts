import { SaxesParser, type SaxesTagPlain } from 'saxes';

/** An element of an XML file. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlElement[];
}

/**
 * Reads a file that has no text but white space.
 *
 * @throws When it is not well-formed, or has text.
 */
export function readXml(text: string): XmlElement {
  const open: { name: string; attributes: Record<string, string>; children: XmlElement[] }[] = [
    { name: '', attributes: {}, children: [] },
  ];
  const parser = new SaxesParser();
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('text', (content) => {
    if (content.trim() !== '') throw new Error(`text ${content}`);
  });
  parser.on('opentag', ({ name, attributes }: SaxesTagPlain) => {
    const element = { name, attributes, children: [] };
    open.at(-1)!.children.push(element);
    open.push(element);
  });
  parser.on('closetag', () => void open.pop());
  parser.write(text).close();
  return open[0]!.children[0]!;
}

/** The elements that a path of names leads to. */
export function under(element: XmlElement, ...[name, ...rest]: string[]): XmlElement[] {
  if (name === undefined) return [element];
  return element.children.filter((child) => child.name === name).flatMap((c) => under(c, ...rest));
}
