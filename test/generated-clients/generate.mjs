/**
 * `node generate.mjs OPENAPI OUT URL`: clients of /openapi.json by three generators, as their users would configure them.
 * `/v1/detect` and `/v1/jobs` take several kinds of bodies; hey-api and orval know one, so they are told which.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { createClient } from '@hey-api/openapi-ts';
import openapiTypescript, { astToString } from 'openapi-typescript';
import { generate } from 'orval';
import ts from 'typescript';

const [input, out, baseUrl] = process.argv.slice(2);

function withOneBody(document) {
  const { '/v1/detect': detect, '/v1/jobs': jobs } = document.paths;
  keep(detect.post.requestBody, 'image/png');
  keep(detect.post.responses[200], 'application/json');
  keep(jobs.post.requestBody, 'application/json');
  return document;
}

function keep(described, type) {
  described.content = { [type]: described.content[type] };
}

await mkdir(out, { recursive: true });
const blob = ts.factory.createTypeReferenceNode('Blob');
const types = await openapiTypescript(new URL(`file://${input}`), {
  transform: ({ format }) => (format === 'binary' ? blob : undefined),
  // What has a default may be left out of a request.
  defaultNonNullable: false,
});
await writeFile(`${out}/openapi-typescript.ts`, astToString(types));
await createClient({
  input,
  output: `${out}/hey-api`,
  plugins: ['@hey-api/client-fetch', '@hey-api/typescript', '@hey-api/sdk'],
  parser: { patch: { input: withOneBody } },
  logs: { level: 'silent' },
});
await generate({
  input: { target: input, override: { transformer: withOneBody } },
  output: { target: `${out}/orval.ts`, client: 'fetch', mode: 'single', baseUrl },
});
