import sharp from 'sharp';
import { expect, it } from 'vitest';
import { checkPngSums } from './png-sums.ts';

it('a PNG with any byte of its pixels changed is refused, and no other', async () => {
  const create = { width: 20, height: 10, channels: 3, background: '#c8a' } as const;
  for (const palette of [false, true]) {
    const bytes = new Uint8Array(await sharp({ create }).png({ palette }).toBuffer());
    checkPngSums(bytes);
    const text = Buffer.from(bytes).toString('latin1');
    const [start, end] = [text.indexOf('IHDR'), text.indexOf('IEND') - 4];
    const header = text.indexOf('pHYs');
    for (let at = start + 4; at < end; at++) {
      // What the header says of its resolution changes no pixel, and a length leads to another chunk.
      const isBetween = at > header - 5 && at < header + 17;
      if (isBetween || isHead(text, at)) continue;
      const damaged = bytes.slice();
      damaged[at]! ^= 64;
      expect(() => checkPngSums(damaged), `byte ${at}`).toThrow('its checksum is another one');
    }
  }
});

/** Length and type of a chunk. */
function isHead(text: string, at: number): boolean {
  return ['IHDR', 'PLTE', 'IDAT', 'IEND'].some((type) => {
    const place = text.indexOf(type);
    return at >= place - 4 && at < place + 4;
  });
}
