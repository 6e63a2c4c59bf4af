/** The examples of `/openapi.json`, which `/docs` offers to send: they run as they stand, or say what to put in. */
import { expect, it } from 'vitest';
import { gpuForTests } from '../../test/support/gpu-service.ts';

interface Document {
  readonly paths: Readonly<
    Record<
      string,
      Readonly<
        Record<
          string,
          {
            readonly requestBody?: {
              readonly content: Readonly<
                Record<
                  string,
                  {
                    readonly examples?: Readonly<
                      Record<string, { summary?: string; value: object }>
                    >;
                  }
                >
              >;
            };
          }
        >
      >
    >
  >;
}

const { url } = await gpuForTests();
const { paths } = (await (await fetch(`${url}/openapi.json`)).json()) as Document;
const examples = Object.entries(paths).flatMap(([path, operations]) =>
  Object.entries(operations).flatMap(([method, { requestBody }]) =>
    Object.entries(requestBody?.content['application/json']?.examples ?? {}).map(
      ([name, { summary, value }]) => ({ path, method, name, summary, value }),
    ),
  ),
);
/** Those of a job need one; those of an estimate the network, in which their slide lies. */
const isAlone = (path: string) => !path.includes('{') && path !== '/v1/estimate';

it.each(examples.filter(({ path, summary }) => isAlone(path) && summary === undefined))(
  '$method $path, $name',
  async ({ path, method, value }) => {
    const response = await fetch(`${url}${path}`, {
      method: method.toUpperCase(),
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(value),
    });
    const answer = await response.text();
    expect(response.ok, answer).toBe(true);
    const { id, status } = JSON.parse(answer) as { id?: string; status?: string };
    if (status === 'queued') await fetch(`${url}/v1/jobs/${id}`, { method: 'DELETE' });
  },
);

it('each operation with a body offers one that runs first, but for those of a PACS', () => {
  const first = new Map<string, string | undefined>();
  for (const { path, summary } of examples) if (!first.has(path)) first.set(path, summary);
  expect([...first.keys()].length).toBeGreaterThan(5);
  const notes = [...first].filter(([, summary]) => summary !== undefined);
  expect(notes).toEqual([['/v1/jobs/{id}/store', 'pacs: name the PACS of the slide']]);
});
