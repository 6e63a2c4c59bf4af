/**
 * Tools for pictures: what the model can name, and what it finds in one.
 *
 * @module
 */
import { openAsBlob } from 'node:fs';
import { basename } from 'node:path';
import type { McpServer } from '@modelcontextprotocol/server';
import * as z from 'zod';
import type { DetectionAnswer } from '../../shared/client/client.ts';
import type { McpContext } from './mcp-context.ts';
import { answer, guarded } from './tool-result.ts';

/** Nuclei in one answer at most: what reads it has little room. */
const MOST_NUCLEI = 2000;

const readOnly = { readOnlyHint: true, openWorldHint: false };

/** Adds `list_datasets` and `detect_nuclei`. */
export function addPictureTools(server: McpServer, { client, files }: McpContext): void {
  server.registerTool(
    'list_datasets',
    {
      title: 'Label sets',
      description:
        'The datasets (label sets) that the model has heads for, with their classes and organs. Each names the same nuclei by its own classes.',
      inputSchema: z.object({}),
      annotations: readOnly,
    },
    () =>
      guarded(async () => {
        const datasets = await client.datasets();
        const lines = datasets.map(
          ({ id, name, classes }) =>
            `${id} (${name}): ${classes.map((one) => one.label).join(', ')}`,
        );
        return answer(lines.join('\n'), { datasets });
      }),
  );

  server.registerTool(
    'detect_nuclei',
    {
      title: 'Nuclei of a picture',
      description: `Finds and names the cell nuclei of an H&E picture (PNG, JPEG, WebP, TIFF): counts and densities by class, and on request the places of up to ${MOST_NUCLEI}. For whole slides use submit_slide. ${folderNote(files.folders)}`,
      inputSchema: z.object({
        path: z.string().min(1).max(4096).describe('Of the picture.'),
        dataset: z
          .string()
          .default('auto')
          .describe('An id of list_datasets; auto counts nuclei, or names them by organ.'),
        organ: z.string().optional().describe('Organ or tissue, for auto.'),
        mpp: z
          .number()
          .optional()
          .describe('Micrometres per pixel; may be left out where the file says it.'),
        threshold: z.number().optional(),
        nuclei: z.boolean().default(false).describe('Also the place, class and score of each.'),
      }),
      annotations: readOnly,
    },
    ({ path, nuclei, ...given }) =>
      guarded(async () => {
        const file = await files.find(path);
        const options = Object.fromEntries(
          Object.entries(given).filter(([, value]) => value !== undefined),
        );
        const found = await client.detect(await openAsBlob(file), {
          ...options,
          name: basename(file),
        });
        const { results, ...head } = found;
        return answer(describe(found), { ...head, ...(nuclei ? placesOf(results) : {}) });
      }),
  );
}

/** What a tool's description says of paths. */
export function folderNote(folders: readonly string[]): string {
  return folders.length === 0
    ? 'No folder is allowed, so no path can be read.'
    : `Paths are below ${folders.join(', ')}, or relative to it.`;
}

function describe({ image, datasets, warnings }: DetectionAnswer): string {
  const parts = datasets.map(({ name, reason, hasAllClasses, total, classes }) =>
    [
      `${name}${hasAllClasses ? '' : ', only the classes asked for'}: ${total.count} nuclei, ${Math.round(total.perMm2)} per mm2. ${reason}`,
      ...classes.map(
        ({ label, count, perMm2 }) => `  ${label}: ${count} (${Math.round(perMm2)} per mm2)`,
      ),
    ].join('\n'),
  );
  return [
    `${image.id}: ${image.width} x ${image.height} pixels, ${image.mpp} um per pixel (${image.mppSource}).`,
    ...parts,
    ...warnings.map(({ detail }) => `Warning: ${detail}`),
  ].join('\n');
}

function placesOf(results: DetectionAnswer['results']) {
  return {
    nuclei: results.map(({ dataset, count, nuclei }) => ({
      dataset: dataset.id,
      count,
      isComplete: count <= MOST_NUCLEI,
      nuclei: Array.isArray(nuclei) ? nuclei.slice(0, MOST_NUCLEI) : nuclei,
    })),
  };
}
