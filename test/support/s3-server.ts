/**
 * A real S3 interface on this machine: the one of Cloudflare R2, as wrangler serves it for development. It
 * checks signatures and keeps objects in memory or a temporary folder.
 *
 * @module
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { unstable_startWorker } from 'wrangler';

export interface S3Server {
  /** Without a slash at its end; the bucket's name follows. */
  readonly endpoint: string;
  readonly bucket: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  close(): Promise<void>;
}

/** @param folder For the server's own files. */
export async function startS3(folder: string): Promise<S3Server> {
  process.env.CLOUDFLARE_CF_FETCH_ENABLED = 'false';
  process.env.WRANGLER_SEND_METRICS = 'false';
  const bucket = 'slides';
  const [accessKeyId, secretAccessKey] = ['test-key', 'test-secret'];
  const config = join(folder, 'wrangler.json');
  writeFileSync(
    config,
    JSON.stringify({
      name: 's3',
      main: 'worker.js',
      compatibility_date: '2026-05-01',
      r2_buckets: [
        {
          binding: 'BUCKET',
          bucket_name: bucket,
          local_dev: {
            experimental_s3_credentials: { accessKeyId, secretAccessKey },
          },
        },
      ],
    }),
  );
  writeFileSync(
    join(folder, 'worker.js'),
    'export default { fetch: () => new Response(null, { status: 404 }) };',
  );
  const worker = await unstable_startWorker({
    config,
    dev: {
      server: { hostname: '127.0.0.1', port: 0 },
      inspector: false,
      logLevel: 'error',
      persist: false,
      watch: false,
    },
  });
  await worker.ready;
  const { port } = await worker.url;
  return {
    endpoint: `http://127.0.0.1:${port}/cdn-cgi/local/r2/s3`,
    bucket,
    accessKeyId,
    secretAccessKey,
    close: () => worker.dispose(),
  };
}
