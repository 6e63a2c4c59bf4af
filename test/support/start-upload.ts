import { type ClientRequest, request } from 'node:http';
import { json } from 'node:stream/consumers';

interface Answer {
  readonly status: number | undefined;
  readonly retryAfter: string | undefined;
  readonly code: string;
}

/** Sends four bytes of a body that is said to be longer; what is answered within the time. */
export function startUpload(url: string, patienceMs: number, length = 1000) {
  return new Promise<Answer | undefined>((resolve, reject) => {
    const upload = begin(url, length);
    const end = (answer: Answer | undefined) => {
      clearTimeout(timer);
      resolve(answer);
      upload.destroy();
    };
    const timer = setTimeout(() => end(undefined), patienceMs);
    upload.on('response', async (response) => {
      const { code } = (await json(response)) as { code: string };
      const retryAfter = response.headers['retry-after'];
      end({ status: response.statusCode, retryAfter, code });
    });
    upload.on('error', reject);
  });
}

/** Sends the same and nothing more; it ends when the test destroys it. */
export function holdUpload(url: string): ClientRequest {
  const upload = begin(url, 1000);
  upload.on('error', () => {});
  return upload;
}

function begin(url: string, length: number): ClientRequest {
  const headers = { 'content-type': 'image/png', 'content-length': String(length) };
  const upload = request(`${url}/v1/detect?mpp=0.5`, { method: 'POST', headers });
  upload.write('\x89PNG');
  return upload;
}
