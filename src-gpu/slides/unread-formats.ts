/**
 * Slides of kinds that no reader here can read, and that must not be taken for what they resemble.
 *
 * @module
 */
import { UniCellError } from '../../shared/errors.ts';
import type { SlideFile } from './slide-file.ts';

const convert = 'Convert it to a pyramidal OME-TIFF, for instance with QuPath or `bfconvert`.';

/** @throws {UniCellError} `IMAGE_UNSUPPORTED`, with the way out. */
export async function requireKnownFormat({ bytes }: SlideFile): Promise<void> {
  const head = await bytes.read(0, Math.min(132, bytes.size));
  const text = String.fromCharCode(...head);
  let kind: string | undefined;
  // The pixels lie in a folder beside it; the file itself is a TIFF of label and overview.
  if (/\.vsi$/i.test(bytes.label)) kind = 'an Olympus VSI slide';
  else if (text.startsWith('ZISRAWFILE')) kind = 'a Zeiss CZI slide';
  else if (text.slice(128) === 'DICM') kind = 'a DICOM file behind a URL';
  else if (/\.isyntax$/i.test(bytes.label)) kind = 'a Philips iSyntax slide';
  if (kind) {
    throw new UniCellError(
      'IMAGE_UNSUPPORTED',
      `${bytes.label} is ${kind}, which is not read here. ${convert}`,
    );
  }
}
