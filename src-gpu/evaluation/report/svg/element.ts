/**
 * SVG as text. What the figures need, and no more.
 *
 * @module
 */

/** Attributes by name; coordinates are rounded to hundredths of a pixel. */
export type Attributes = Readonly<Record<string, string | number>>;

/** An element around children that are SVG already. */
export function element(name: string, attributes: Attributes, ...children: string[]): string {
  const written = Object.entries(attributes)
    .map(
      ([key, value]) => ` ${key}="${escapeXml(typeof value === 'number' ? places(value) : value)}"`,
    )
    .join('');
  return children.length === 0
    ? `<${name}${written}/>`
    : `<${name}${written}>${children.join('\n')}</${name}>`;
}

/** A line of text at a place. */
export function text(x: number, y: number, content: string, attributes: Attributes = {}): string {
  return element('text', { x, y, ...attributes }, escapeXml(content));
}

/** A whole figure on white, with its title for readers of the page and of the screen. */
export function figure(
  width: number,
  height: number,
  title: string,
  parts: readonly string[],
): string {
  const root = {
    xmlns: 'http://www.w3.org/2000/svg',
    viewBox: `0 0 ${width} ${height}`,
    width,
    height,
    role: 'img',
    'font-family': 'Helvetica, Arial, sans-serif',
    'font-size': '12',
    fill: '#222222',
  };
  return `${element(
    'svg',
    root,
    element('title', {}, escapeXml(title)),
    element('rect', { width, height, fill: '#ffffff' }),
    text(16, 24, title, { 'font-size': '15', 'font-weight': 'bold' }),
    ...parts,
  )}\n`;
}

function places(value: number): string {
  return String(Number(value.toFixed(2)));
}

function escapeXml(value: string): string {
  return value
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
