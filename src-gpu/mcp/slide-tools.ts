/**
 * Tools for slides: what a job would take, and jobs.
 *
 * @module
 */
import { openAsBlob } from 'node:fs';
import { basename } from 'node:path';
import type { McpServer } from '@modelcontextprotocol/server';
import * as z from 'zod';
import type { Job, JobHandle } from '../../shared/client/client.ts';
import { UniCellError } from '../../shared/errors.ts';
import { densityText } from '../terminal/density-text.ts';
import type { McpContext } from './mcp-context.ts';
import { folderNote } from './picture-tools.ts';
import { answer, guarded } from './tool-result.ts';

const readOnly = { readOnlyHint: true, openWorldHint: false };

const slide = {
  path: z.string().min(1).max(4096).optional().describe('Of a slide.'),
  url: z.string().max(4096).optional().describe('Of a slide, instead of a path.'),
  mpp: z.number().optional().describe('Micrometres per pixel, where the header does not say it.'),
};
const id = z.string().min(1).max(256).describe('Of the job.');
const dataset = z.string().optional().describe('One of the job; all of them when left out.');

/** Adds `estimate_slide`, `submit_slide`, `job_status` and `job_summary`. */
export function addSlideTools(server: McpServer, { client, files }: McpContext): void {
  /** The slide where the service finds it; `undefined` for a file that must be sent. */
  async function sourceOf({ path, url }: { path?: string | undefined; url?: string | undefined }) {
    if ((path === undefined) === (url === undefined)) {
      throw new UniCellError('INVALID_OPTIONS', 'Give the path or the URL of one slide.');
    }
    if (url !== undefined) return { source: { type: 'url' as const, url } };
    const file = await files.find(path!);
    return files.isShared ? { source: { type: 'path' as const, path: file } } : { file };
  }

  server.registerTool(
    'estimate_slide',
    {
      title: 'What a slide would take',
      description: `How much tissue a slide has, how many windows it makes and about how long a job would take, without starting one. ${folderNote(files.folders)}`,
      inputSchema: z.object(slide),
      annotations: readOnly,
    },
    ({ mpp, ...named }) =>
      guarded(async () => {
        const { source } = await sourceOf(named);
        if (source === undefined) {
          throw new UniCellError(
            'INVALID_OPTIONS',
            'The service cannot read this machine; submit_slide sends the slide, and its status tells the same.',
          );
        }
        const found = await client.estimate({ source, ...(mpp === undefined ? {} : { mpp }) });
        const seconds = found.seconds === null ? 'unknown' : `${Math.ceil(found.seconds)} s`;
        return answer(
          `${found.image.width} x ${found.image.height} pixels at ${found.image.mpp} um per pixel (${found.image.mppSource}); ${found.areaMm2.toFixed(2)} mm2 of tissue, ${found.windows} windows, time: ${seconds}.`,
          found,
        );
      }),
  );

  server.registerTool(
    'submit_slide',
    {
      title: 'Start a slide',
      description: `Starts a job that finds and names the nuclei of a whole slide; job_status tells how far it is. ${folderNote(files.folders)}`,
      inputSchema: z.object({
        ...slide,
        dataset: z
          .string()
          .default('auto')
          .describe('An id of list_datasets, several by commas, or auto.'),
        organ: z.string().optional().describe('Organ or tissue, for auto.'),
        exports: z
          .array(z.string())
          .min(1)
          .max(8)
          .default(['json'])
          .describe('Formats of the result files, such as qupath, csv, parquet.'),
      }),
      annotations: { readOnlyHint: false, destructiveHint: false, openWorldHint: false },
    },
    ({ path, url, mpp, organ, ...rest }) =>
      guarded(async () => {
        const options = {
          ...rest,
          ...(mpp === undefined ? {} : { mpp }),
          ...(organ === undefined ? {} : { organ }),
        };
        const found = await sourceOf({ path, url });
        const job = found.source
          ? await client.createJob({ ...options, source: found.source })
          : await client.createJobOf(await openAsBlob(found.file), {
              ...options,
              name: basename(found.file),
            });
        return told(job);
      }),
  );

  server.registerTool(
    'job_status',
    {
      title: 'How far a job is',
      description: 'Status, progress, counts and files of a job.',
      inputSchema: z.object({ id }),
      annotations: readOnly,
    },
    ({ id }) => guarded(() => told(client.job(id))),
  );

  server.registerTool(
    'job_summary',
    {
      title: 'What a job found',
      description: 'Counts, densities and areas of a job that has ended, by dataset and class.',
      inputSchema: z.object({ id, dataset }),
      annotations: readOnly,
    },
    ({ id, dataset }) =>
      guarded(async () => {
        const summary = await client.job(id).summary();
        const { results, ...head } = summary;
        const wanted = results.filter((one) => dataset === undefined || one.dataset === dataset);
        if (wanted.length === 0) {
          throw new UniCellError(
            'INVALID_OPTIONS',
            `dataset is ${JSON.stringify(dataset)}; the job has ${results.map((one) => one.dataset).join(', ')}.`,
          );
        }
        const lines = wanted.flatMap(({ name, hasAllClasses, total, classes }) => [
          `${name}${hasAllClasses ? '' : ', only the classes asked for'}: ${total.count} nuclei, ${densityText(total.perMm2)} per mm2.`,
          ...classes.map(
            ({ label, count, perMm2 }) => `  ${label}: ${count} (${densityText(perMm2)} per mm2)`,
          ),
        ]);
        return answer(lines.join('\n'), { ...head, results: wanted });
      }),
  );
}

async function told(handle: JobHandle) {
  const job = await handle.get();
  return answer(statusOf(job), { ...job });
}

function statusOf({ id, status, name, progress, results, exports, warnings, errors }: Job): string {
  const { windowsDone, windowsTotal, nuclei, etaSeconds } = progress;
  const eta = etaSeconds === null ? '' : `, about ${Math.ceil(etaSeconds)} s left`;
  return [
    `Job ${id} (${name}): ${status}; ${windowsDone} of ${windowsTotal ?? 'unknown'} windows, ${nuclei} nuclei so far${eta}.`,
    ...results.map(({ dataset, total }) => `${dataset}: ${total} nuclei`),
    ...exports.map((file) => `File: ${file.name} (${file.format}, ${file.bytes} bytes)`),
    ...[...warnings, ...errors].map(({ code, detail }) => `${code}: ${detail}`),
  ].join('\n');
}
