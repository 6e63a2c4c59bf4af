import type { IncomingMessage, ServerResponse } from 'node:http';
import type { DicomJson } from '../../shared/dicom/dicom-json.ts';
import { serveLoopback } from './loopback.ts';
import { SERIES, STUDY, type StoredInstance } from './whole-slide-series.ts';

/** What a server does otherwise than it should. */
export interface Misbehaviour {
  /** Answers a request by itself; `false` to let it be answered. */
  readonly intercept?: (request: IncomingMessage, response: ServerResponse) => boolean;
  /** Tags that its search does not give, though asked for. */
  readonly withheld?: readonly string[];
}

/** A DICOMweb server for one series, whose answers can be bent. */
export class DicomwebServer {
  readonly root: string;
  readonly host: string;
  /** Paths with queries, in order. */
  readonly asked: string[] = [];
  /** Headers of the requests, in order. */
  readonly headers: IncomingMessage['headers'][] = [];
  misbehaviour: Misbehaviour = {};
  readonly close: () => Promise<void>;

  private constructor(url: string, host: string, close: () => Promise<void>) {
    this.root = `${url}/dicom-web`;
    this.host = host;
    this.close = close;
  }

  static async start(instances: readonly StoredInstance[]): Promise<DicomwebServer> {
    let server: DicomwebServer | undefined;
    const { url, host, close } = await serveLoopback((request, response) => {
      server!.#answer(request, response, instances);
    });
    server = new DicomwebServer(url, host, close);
    return server;
  }

  #answer(
    request: IncomingMessage,
    response: ServerResponse,
    instances: readonly StoredInstance[],
  ): void {
    this.asked.push(request.url!.replace('/dicom-web', ''));
    this.headers.push(request.headers);
    if (this.misbehaviour.intercept?.(request, response)) return;
    const [path = '', query] = request.url!.replace('/dicom-web', '').split('?');
    const frames = framesOf(path, instances);
    if (frames) multipart(response, frames.parts, frames.transferSyntax);
    else json(response, this.#dataSets(path, new URLSearchParams(query), instances));
  }

  /** What a path that asks for JSON gets; `undefined` for one that is not there. */
  #dataSets(
    path: string,
    query: URLSearchParams,
    instances: readonly StoredInstance[],
  ): DicomJson[] | undefined {
    const all = `/studies/${STUDY}/series`;
    if (path === all) return [pick(instances[0]!.data, ['00080060', '0020000E'])];
    if (path === `${all}/${SERIES}/instances`) {
      const offset = Number(query.get('offset'));
      const tags = ['00080016', '00080018', ...query.getAll('includefield')];
      const given = tags.filter((tag) => !this.misbehaviour.withheld?.includes(tag));
      const page = instances.slice(offset, offset + Number(query.get('limit')));
      return page.map(({ data }) => pick(data, given));
    }
    const uid = /\/instances\/([\d.]+)\/metadata$/.exec(path)?.[1];
    const instance = instances.find((one) => one.uid === uid);
    if (instance && path.startsWith(`${all}/${SERIES}/`)) return [instance.data];
    return path.endsWith('/instances') ? [] : undefined;
  }
}

function framesOf(path: string, instances: readonly StoredInstance[]) {
  const found = /\/instances\/([\d.]+)\/frames\/([\d,]+)$/.exec(path);
  const instance = instances.find(({ uid }) => uid === found?.[1]);
  if (!found || !instance) return undefined;
  const parts = found[2]!.split(',').flatMap((frame) => instance.frames[Number(frame) - 1] ?? []);
  return parts.length > 0 ? { parts, transferSyntax: instance.transferSyntax } : undefined;
}

/** Sends parts; `ends` says whether the last delimiter comes. */
export function multipart(
  response: ServerResponse,
  frames: readonly Uint8Array[],
  transferSyntax: string,
  ends = true,
): void {
  const type = transferSyntax.includes('.4.5') ? 'image/jpeg' : 'application/octet-stream';
  response.writeHead(200, {
    'content-type': `multipart/related; type="${type}"; boundary=frames`,
  });
  for (const frame of frames) {
    response.write(`--frames\r\nContent-Type: ${type}; transfer-syntax=${transferSyntax}\r\n\r\n`);
    response.write(frame);
    response.write('\r\n');
  }
  response.end(ends ? '--frames--' : '');
}

function json(response: ServerResponse, data: unknown): void {
  const status = data === undefined ? 404 : 200;
  response.writeHead(status, { 'content-type': 'application/dicom+json' });
  response.end(JSON.stringify(data ?? { error: 'nothing there' }));
}

function pick(data: DicomJson, tags: readonly string[]): DicomJson {
  return Object.fromEntries(Object.entries(data).filter(([tag]) => tags.includes(tag)));
}
