import { Hono } from 'hono';
import type { Caller } from './access.ts';
import type { ApiAdapters } from './adapters.ts';
import { forwardedAuthorization } from './forwarded-authorization.ts';
import { readJson } from './job-request.ts';
import { checkOptionsBy } from './options.ts';
import { storeRequestSchema } from './store-schemas.ts';
import type { StoreService } from './store-service.ts';

type Env = { Variables: { requestId: string; caller: Caller } };

/** `POST /v1/jobs/{id}/store`. The caller must have been found before. */
export function storeRoutes(api: ApiAdapters, stores: StoreService): Hono<Env> {
  const app = new Hono<Env>();
  app.post('/v1/jobs/:id/store', async (c) => {
    const request = checkOptionsBy(storeRequestSchema, await readJson(c.req.raw, api));
    const report = await stores.store(c.req.param('id'), request, {
      caller: c.get('caller'),
      authorization: forwardedAuthorization(c.req.raw.headers, api.access()),
      signal: c.req.raw.signal,
    });
    return c.json(report);
  });
  return app;
}
