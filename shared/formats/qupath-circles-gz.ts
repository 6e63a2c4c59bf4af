import { gzipped } from './gzipped.ts';
import * as circles from './qupath-circles.ts';

export const { write, stream } = gzipped(circles);
