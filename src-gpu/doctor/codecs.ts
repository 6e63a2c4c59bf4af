import type { Check } from './check.ts';

/** What images and tiles of slides come in. */
const CODECS = ['jpeg', 'png', 'webp', 'tiff'] as const;

/** Writes and reads an image with each codec: what is listed need not work. */
export const codecs: Check = {
  id: 'codecs',
  async run() {
    const fix = 'Run `npm ci`, which brings sharp with its own libvips.';
    const sharp = await import('sharp').then(
      (module) => module.default,
      () => undefined,
    );
    if (!sharp) return { status: 'broken', detail: 'sharp cannot be loaded.', fix };
    const broken: string[] = [];
    const create = { width: 8, height: 8, channels: 3, background: '#c080a0' } as const;
    for (const codec of CODECS) {
      try {
        const file = await sharp({ create }).toFormat(codec).toBuffer();
        const { data } = await sharp(file).raw().toBuffer({ resolveWithObject: true });
        if (data.length !== 8 * 8 * 3) broken.push(codec);
      } catch {
        broken.push(codec);
      }
    }
    if (broken.length > 0) {
      return { status: 'broken', detail: `sharp cannot read ${broken.join(', ')}.`, fix };
    }
    return {
      status: 'ok',
      detail: `sharp (libvips ${sharp.versions.vips}) reads and writes ${CODECS.join(', ')}.`,
    };
  },
};
