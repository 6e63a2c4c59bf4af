/**
 * Text as pixels, in a font that comes with the project: a machine need not have any.
 *
 * @module
 */
import { fileURLToPath } from 'node:url';
import sharp, { type OverlayOptions as Placed } from 'sharp';

/** What the font is called and where it lies. */
const FONTS = {
  regular: [
    'Atkinson Hyperlegible',
    import.meta.resolve(
      '@expo-google-fonts/atkinson-hyperlegible/400Regular/AtkinsonHyperlegible_400Regular.ttf',
    ),
  ],
  bold: [
    'Atkinson Hyperlegible Bold',
    import.meta.resolve(
      '@expo-google-fonts/atkinson-hyperlegible/700Bold/AtkinsonHyperlegible_700Bold.ttf',
    ),
  ],
} as const;

/** A line of text, drawn on nothing. */
export interface DrawnText {
  readonly width: number;
  readonly height: number;
  /** To be laid on a picture, together with `left` and `top`. */
  readonly layer: Pick<Placed, 'input'>;
}

/**
 * Draws one line.
 *
 * @param sizePx Height of the font.
 * @param maxPx Longer text is broken into lines.
 */
export async function drawText(
  text: string,
  sizePx: number,
  weight: keyof typeof FONTS = 'regular',
  maxPx?: number,
): Promise<DrawnText> {
  const [font, url] = FONTS[weight];
  const { data, info } = await sharp({
    text: {
      text: `<span foreground="#222222">${escaped(text)}</span>`,
      // At 72 dpi a point is a pixel.
      font: `${font} ${sizePx}`,
      fontfile: fileURLToPath(url),
      dpi: 72,
      rgba: true,
      ...(maxPx === undefined ? {} : { width: maxPx, wrap: 'word-char' as const }),
    },
  })
    .png()
    .toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, layer: { input: data } };
}

/** For Pango's markup. */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
