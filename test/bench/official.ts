/**
 * `npm run bench:official`: the model of the paper at its full size, random weights, converted and run on
 * the CPU. Needs Python with the packages of models/[dev,export], 5 GB of memory and some minutes.
 *
 * @module
 */
import { runPart, writeReport } from './report.ts';

console.log('full-size ...');
writeReport('official', [runPart(new URL('./official/full-size.ts', import.meta.url))]);
