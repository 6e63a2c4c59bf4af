/** The document of both tiers: every route is in it, a strict linter has nothing to say, and generators find what they need. */
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { apiForTests } from '../../test/support/api-adapters.ts';
import { jobServiceFake } from '../../test/support/job-service-fake.ts';
import { tempFolder } from '../../test/support/temp-folder.ts';
import type { ApiAdapters } from './adapters.ts';
import { buildApi } from './app.ts';
import { PROBLEMS } from './http/problem.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = tempFolder();

interface Operation {
  readonly operationId?: string;
  readonly security: readonly object[];
  readonly tags: readonly string[];
  readonly responses: Readonly<Record<string, Described>>;
  readonly requestBody?: Described;
}
interface Described {
  readonly content?: Readonly<
    Record<string, { readonly schema?: object; readonly examples?: object }>
  >;
}
interface Document {
  readonly servers: readonly { readonly url: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

/** Only their routes are looked at, so nothing of them is called. */
const nothing = {} as NonNullable<ApiAdapters['viewer']> & NonNullable<ApiAdapters['stores']>;

const apps = {
  edge: buildApi(apiForTests({ tier: 'edge' })),
  gpu: buildApi(
    apiForTests({ tier: 'gpu', jobs: jobServiceFake(), viewer: nothing, stores: nothing }),
  ),
};

async function documentOf(tier: 'edge' | 'gpu'): Promise<Document> {
  const response = await apps[tier].request('/openapi.json');
  return (await response.json()) as Document;
}

function operationsOf({ paths }: Document): [name: string, operation: Operation][] {
  return Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]): [string, Operation] => [
      `${method.toUpperCase()} ${path}`,
      operation,
    ]),
  );
}

describe.each(['edge', 'gpu'] as const)('the OpenAPI of the tier %s', async (tier) => {
  const document = await documentOf(tier);
  const operations = operationsOf(document);

  it('passes a strict linter', async () => {
    expect(await lint(document)).toMatch(/Your API description is valid/);
    const { '/livez': live, ...paths } = document.paths;
    const { operationId: _none, ...anonymous } = live!.get!;
    const worse = { ...document, paths: { ...paths, '/livez': { get: anonymous } } };
    expect(await lint(worse)).toMatch(/operation-operationId/);
  });

  it('has a name of its own, a tag and a server for every operation', () => {
    const names = operations.map(([, { operationId }]) => operationId);
    expect(new Set(names).size).toBe(operations.length);
    expect(operations.length).toBeGreaterThan(30);
    for (const [name, { tags }] of operations) expect(tags, name).toHaveLength(1);
    expect(document.servers).toMatchObject([{ url: '/' }]);
  });

  it('says which operations want a key, and what is answered without', () => {
    for (const [name, { security, responses }] of operations) {
      const isKeyed = name.includes(' /v1/');
      expect(security, name).toEqual(isKeyed ? [{ key: [] }] : []);
      expect('401' in responses, name).toBe(isKeyed);
    }
  });

  it('has a schema for every body and answer, and problems with examples', () => {
    for (const [name, { requestBody, responses }] of operations) {
      for (const { content = {} } of [requestBody ?? {}, ...Object.values(responses)]) {
        for (const [type, { schema }] of Object.entries(content)) {
          expect(schema, `${name} ${type}`).toBeTypeOf('object');
        }
      }
      for (const [status, { content }] of Object.entries(responses)) {
        if (Number(status) < 400) continue;
        const codes = Object.keys(content?.['application/problem+json']?.examples ?? {});
        expect(codes.length, `${name} ${status}`).toBeGreaterThan(0);
        for (const code of codes as (keyof typeof PROBLEMS)[]) {
          expect(PROBLEMS[code].status, `${name} ${code}`).toBe(Number(status));
        }
      }
    }
  });
});

it('every route of the service is declared, but for pages', () => {
  const isPage = (path: string) =>
    /^\/((docs|pages|playground|samples|viewer)(\/.*)?)?$/.test(path);
  const declared = apps.gpu.openAPIRegistry.definitions.flatMap((one) =>
    one.type === 'route' ? `${one.route.method} ${one.route.path}` : [],
  );
  const routes = apps.gpu.routes
    .filter(({ method, path }) => method !== 'ALL' && !isPage(path))
    .map(({ method, path }) => `${method.toLowerCase()} ${path.replaceAll(/:(\w+)/g, '{$1}')}`);
  expect([...new Set(routes)].sort()).toEqual(declared.sort());
});

it('the edge documents what it passes on', async () => {
  const [edge, gpu] = await Promise.all([documentOf('edge'), documentOf('gpu')]);
  expect(edge.paths).toEqual(gpu.paths);
});

/** @returns What the linter prints, with its faults. */
function lint(document: object): Promise<string> {
  const file = join(folder, 'openapi.json');
  writeFileSync(file, JSON.stringify(document));
  const cli = join(
    createRequire(import.meta.url).resolve('@redocly/cli/package.json'),
    '../bin/cli.js',
  );
  const config = join(root, 'redocly.yaml');
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [cli, 'lint', '--config', config, '--format', 'stylish', file],
      {
        env: {
          ...process.env,
          // Nothing leaves the machine.
          REDOCLY_TELEMETRY: 'off',
          REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true',
        },
      },
      (_error, stdout, stderr) => resolve(`${stdout}${stderr}`),
    );
  });
}
