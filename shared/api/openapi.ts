/**
 * The contract as OpenAPI 3.1, from the declarations of the routes.
 *
 * @module
 */

import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Env } from 'hono';
import type { ErrorCode } from '../errors.ts';
import { FORMATS } from '../formats/registry.ts';
import { exampleRef } from './http/contract.ts';
import { PROBLEMS, problemOf } from './http/problem.ts';

const TAGS = {
  detect: 'Nuclei of a picture, at once.',
  jobs: 'Nuclei of a slide, as a job. The edge passes these on to the GPU service.',
  viewer: 'Slide and nuclei of a job in tiles. The edge passes these on too.',
  score: 'Predictions against truth.',
  models: 'What is there to ask for.',
  health: 'Whether it runs; also by the Open Inference Protocol.',
};

/** The document of a tier, of the routes that it has declared. */
export function openApi<E extends Env>(
  app: OpenAPIHono<E>,
  { tier, version }: { tier: 'edge' | 'gpu'; version: string },
): object {
  const info = {
    title: `UniCell (${tier})`,
    version,
    summary: 'Finds and names cell nuclei in H&E pictures. Research use only.',
    license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
  };
  const { components, ...document } = app.getOpenAPI31Document({
    openapi: '3.1.0',
    info,
    servers: [{ url: '/', description: 'Where this document lies.' }],
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    // Every code that a problem may carry, for people who read /docs.
    'x-problems': PROBLEMS,
    // Every format of a result file.
    'x-formats': FORMATS.map(({ id, description, mediaType, extension }) => {
      return { id, description, mediaType, extension };
    }),
  });
  const text = JSON.stringify(document);
  const used = (Object.keys(PROBLEMS) as ErrorCode[]).filter((code) =>
    text.includes(`"${exampleRef(code)}"`),
  );
  return {
    ...document,
    components: {
      ...components,
      examples: Object.fromEntries(used.map((code) => [code, { value: exampleOf(code) }])),
      securitySchemes: {
        key: { type: 'http', scheme: 'bearer', description: 'A key of the service.' },
      },
    },
  };
}

function exampleOf(code: ErrorCode): object {
  const detail = 'What was received, what is allowed and what to do.';
  return problemOf(code, { detail, instance: '/v1/detect', requestId: '4f1c' });
}
