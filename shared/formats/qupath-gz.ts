import { gzipped } from './gzipped.ts';
import * as qupath from './qupath.ts';

export const { write, stream } = gzipped(qupath);
