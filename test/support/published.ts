/**
 * Small datasets laid out as the real ones are published, with pictures and numbers of our own.
 *
 * @module
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import sharp from 'sharp';

/** Writes files below `folder`, by their paths. */
export function writeFiles(folder: string, files: Readonly<Record<string, string | Uint8Array>>) {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
}

/** A picture of one colour, that of eosin. */
export function picture(
  width: number,
  height: number,
  format: 'png' | 'jpeg' | 'tiff' = 'png',
): Promise<Buffer> {
  return sharp({ create: { width, height, channels: 3, background: '#e8c4dc' } })
    .toFormat(format)
    .toBuffer();
}

/** Aperio annotations: outlines by class, each a list of corners. */
export function aperioXml(
  outlines: Readonly<Record<string, readonly (readonly [number, number])[][]>>,
  micronsPerPixel = 'MicronsPerPixel="0.25"',
): string {
  const annotations = Object.entries(outlines).map(([name, regions]) => {
    const body = regions.map((corners) => {
      const vertices = corners.map(([x, y]) => `<Vertex X="${x}" Y="${y}" Z="0"/>`).join('\n');
      return `<Region Id="1"><Attributes><Attribute Name="note"/></Attributes><Vertices>\n${vertices}</Vertices></Region>`;
    });
    return `<Annotation Id="1"><Attributes><Attribute Name="${name}" Id="0"/></Attributes>\n<Regions>${body.join('\n')}</Regions></Annotation>`;
  });
  return `<Annotations ${micronsPerPixel}>\n${annotations.join('\n')}\n</Annotations>\n`;
}

/** A bitmap of 24 bits per pixel; `pixels` row by row from the top, `[R, G, B]`. */
export function bmp(
  width: number,
  height: number,
  pixels: readonly (readonly [number, number, number])[],
  isTopDown = false,
): Buffer {
  const rowBytes = Math.ceil((width * 3) / 4) * 4;
  const bytes = Buffer.alloc(54 + rowBytes * height);
  bytes.write('BM');
  bytes.writeUInt32LE(bytes.length, 2);
  bytes.writeUInt32LE(54, 10);
  bytes.writeUInt32LE(40, 14);
  bytes.writeInt32LE(width, 18);
  bytes.writeInt32LE(isTopDown ? -height : height, 22);
  bytes.writeUInt16LE(1, 26);
  bytes.writeUInt16LE(24, 28);
  for (const [i, [red, green, blue]] of pixels.entries()) {
    const row = Math.floor(i / width);
    const stored = isTopDown ? row : height - 1 - row;
    bytes.set([blue, green, red], 54 + stored * rowBytes + (i % width) * 3);
  }
  return bytes;
}
