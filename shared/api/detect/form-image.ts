/**
 * A picture in a form.
 *
 * @module
 */
import { UniCellError } from '../../errors.ts';
import { mediaTypeOf } from '../http/media-type.ts';
import { MAX_FIELDS, optionsFromTexts } from '../http/options.ts';
import { DETECT_KINDS } from './detect-options.ts';
import type { ImageParts } from './image-parts.ts';

/** File names that an error lists. */
const NAMES_SHOWN = 5;

/** @throws {UniCellError} `BODY_EMPTY`, `BODY_INVALID`, `INVALID_OPTIONS`. */
export async function partsOfForm(
  bytes: Uint8Array<ArrayBuffer>,
  contentType: string,
): Promise<ImageParts> {
  checkParts(bytes, contentType);
  const form = await new Response(bytes, { headers: { 'content-type': contentType } })
    .formData()
    .catch((cause) => {
      throw new UniCellError(
        'BODY_INVALID',
        'The body is not multipart/form-data with the boundary of its content type.',
        { cause },
      );
    });
  const fields = [...form].filter(
    (field): field is [string, string] => typeof field[1] === 'string',
  );
  const files = [...form].flatMap(([name, value]) =>
    typeof value === 'string' ? [] : [{ name, value }],
  );
  const [image] = files;
  if (files.length !== 1 || image?.name !== 'image') {
    const names = files.slice(0, NAMES_SHOWN).map(({ name }) => JSON.stringify(name.slice(0, 80)));
    throw new UniCellError(
      'BODY_INVALID',
      `The form has the files ${names.join(', ') || '(none)'}${files.length > NAMES_SHOWN ? ' and more' : ''}; it needs one, in the field "image".`,
    );
  }
  const file = new Uint8Array(await image.value.arrayBuffer());
  if (file.length === 0) {
    throw new UniCellError('BODY_EMPTY', 'The file "image" of the form is empty; send a picture.');
  }
  return {
    image: { bytes: file, declared: mediaTypeOf(image.value.type) },
    options: optionsFromTexts(fields, DETECT_KINDS),
  };
}

/** Counts the boundaries before a parser makes a field of each (RFC 2046, section 5.1). */
function checkParts(bytes: Uint8Array, contentType: string): void {
  const boundary = /;\s*boundary=(?:"([^"]+)"|([^\s;]+))/i.exec(contentType);
  const dashed = new TextEncoder().encode(`--${boundary?.[1] ?? boundary?.[2] ?? ''}`);
  if (boundary === null) return;
  let parts = 0;
  for (let at = bytes.indexOf(dashed[0]!); at >= 0; at = bytes.indexOf(dashed[0]!, at + 1)) {
    if (!startsWith(bytes, at, dashed)) continue;
    at += dashed.length - 1;
    if (++parts > MAX_FIELDS + 1) {
      throw new UniCellError(
        'INVALID_OPTIONS',
        `The form has more than ${MAX_FIELDS} fields; give each option once, and lists by commas.`,
      );
    }
  }
}

function startsWith(bytes: Uint8Array, at: number, wanted: Uint8Array): boolean {
  for (let i = 0; i < wanted.length; i++) if (bytes[at + i] !== wanted[i]) return false;
  return true;
}
