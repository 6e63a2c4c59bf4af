/**
 * DICOM annotations in millimetres on the glass: what viewers and archives understand at any level of the
 * pyramid.
 *
 * @module
 */

import { dataSet } from '../dicom/data-set.ts';
import { slidePlace } from '../dicom/slide-place.ts';
import { annotationWriters } from './dicom/annotation-stream.ts';

export const { check, write, stream } = annotationWriters(({ dicom }) => {
  const { frameOfReference, x: toX, y: toY } = slidePlace(dicom.slide);
  return {
    type: '3D',
    bytes: 8,
    attributes: dataSet({
      FrameOfReferenceUID: frameOfReference,
      PositionReferenceIndicator: 'SLIDE_CORNER',
    }),
    write(out, at, column, row) {
      out.setFloat64(at, toX[0] + toX[1] * column + toX[2] * row, true);
      out.setFloat64(at + 8, toY[0] + toY[1] * column + toY[2] * row, true);
    },
  };
});
