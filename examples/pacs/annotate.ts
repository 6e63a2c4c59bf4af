/**
 * From a slide in a PACS to its nuclei in the PACS: `node annotate.ts SERIES_URL DATASET`, with `unicell-edge-client`
 * installed (docs/client.md). The series is `ROOT/studies/UID/series/UID` of a DICOMweb service.
 *
 * - `UNICELL_URL`, `UNICELL_KEY`: the GPU service, and the bearer key where it wants one
 * - `PACS_AUTHORIZATION`: what the PACS wants as Authorization; it is passed on, and kept by nobody
 */
import { UniCellClient } from 'unicell-edge-client';

const [url, dataset] = process.argv.slice(2);
const [, root, study, series] = /^(.*)\/studies\/([\d.]+)\/series\/([\d.]+)\/?$/.exec(url!) ?? [];
if (!(root && study && series)) throw new Error(`${url} is not ROOT/studies/UID/series/UID`);
const pacsAuthorization = process.env.PACS_AUTHORIZATION;
const authorization = pacsAuthorization ? 'forward' : 'none';

const unicell = new UniCellClient({ url: process.env.UNICELL_URL!, key: process.env.UNICELL_KEY });
const source = { type: 'dicomweb', root, study, series, authorization } as const;
const job = await unicell.createJob(
  { source, dataset: dataset!, exports: ['dicom-ann', 'dicom-sr'] },
  { pacsAuthorization },
);
for await (const { type, data } of job.events()) {
  if (type === 'progress') console.error(JSON.stringify(data));
}
const { status, errors } = await job.get();
if (status !== 'completed') throw new Error(`The job ended ${status}: ${JSON.stringify(errors)}`);

const report = await job.store({ root, authorization }, { pacsAuthorization });
for (const { format, instance, outcome, detail } of report.instances) {
  console.log(`${format}\t${outcome}\t${instance}${detail ? `\t${detail}` : ''}`);
}
process.exitCode = report.complete ? 0 : 1;
