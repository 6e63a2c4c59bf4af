/**
 * DICOM annotations in pixels of the finest level, for viewers that read no others and for slides that do not
 * say where they lie on the glass.
 *
 * @module
 */

import { dataSet } from '../dicom/data-set.ts';
import { annotationWriters } from './dicom/annotation-stream.ts';

export const { check, write, stream } = annotationWriters(() => ({
  type: '2D',
  bytes: 4,
  attributes: dataSet({ PixelOriginInterpretation: 'VOLUME' }),
  write(out, at, column, row) {
    out.setFloat32(at, column, true);
    out.setFloat32(at + 4, row, true);
  },
}));
