/**
 * A real PACS: Debian's Orthanc with its DICOMweb and WSI plug-ins on a free port, which answers this
 * machine only.
 *
 * @module
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Raster } from '../../shared/image/raster.ts';
import { type DicomizeOptions, dicomize } from './dicomize.ts';
import { freePort } from './free-port.ts';

const PLUGINS = ['libOrthancDicomWeb.so', 'libOrthancWSI.so'].map(
  (name) => `/usr/share/orthanc/plugins/${name}`,
);

export interface OrthancOptions {
  /** With it Orthanc asks for HTTP Basic authentication, user `unicell`. */
  readonly password?: string;
}

/** A whole slide series in the PACS. */
export interface PacsSlide {
  readonly study: string;
  readonly series: string;
  /** SOP Instance UIDs of its levels, from fine to coarse. */
  readonly instances: readonly string[];
  /** The DICOM files that were uploaded, in the same order. */
  readonly files: readonly string[];
}

/** Whether Orthanc, its plug-ins and its dicomizer can be run here; says loudly when not. */
export function hasOrthanc(): boolean {
  const isThere =
    PLUGINS.every((path) => existsSync(path)) &&
    [
      ['Orthanc', '--version'],
      ['OrthancWSIDicomizer', '--version'],
    ].every(([program, argument]) => spawnSync(program!, [argument!]).status === 0);
  if (!isThere) {
    console.warn(
      'SKIPPED tests with a PACS: orthanc, orthanc-dicomweb and orthanc-wsi are not installed.',
    );
  }
  return isThere;
}

export class Orthanc {
  /** Without a slash at its end. */
  readonly url: string;
  /** Root of its DICOMweb interface, without a slash at its end. */
  readonly dicomWeb: string;
  /** For the `Authorization` header, where it wants one. */
  readonly authorization: string | undefined;
  readonly #folder: string;
  #process: ChildProcess | undefined;

  private constructor(port: number, folder: string, password: string | undefined) {
    this.url = `http://127.0.0.1:${port}`;
    this.dicomWeb = `${this.url}/dicom-web`;
    this.authorization = password && `Basic ${btoa(`unicell:${password}`)}`;
    this.#folder = folder;
  }

  /** @param folder An existing one; the database and the files lie below. */
  static async start(folder: string, { password }: OrthancOptions = {}): Promise<Orthanc> {
    const port = await freePort();
    const orthanc = new Orthanc(port, folder, password);
    const storage = join(folder, 'storage');
    mkdirSync(storage, { recursive: true });
    const configuration = {
      Name: 'UniCell tests',
      StorageDirectory: storage,
      IndexDirectory: storage,
      HttpPort: port,
      // This version cannot bind one address; to any other machine it answers 403.
      RemoteAccessAllowed: false,
      DicomServerEnabled: false,
      AuthenticationEnabled: password !== undefined,
      RegisteredUsers: password === undefined ? {} : { unicell: password },
      Plugins: PLUGINS,
      DicomWeb: { Enable: true, Root: '/dicom-web/' },
    };
    writeFileSync(join(folder, 'orthanc.json'), JSON.stringify(configuration));
    await orthanc.#start();
    return orthanc;
  }

  /** Answers of Orthanc's own interface. */
  async fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    if (this.authorization !== undefined) headers.set('authorization', this.authorization);
    const response = await fetch(`${this.url}${path}`, { ...init, headers });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return response;
  }

  /** Makes a slide of an image and stores it. */
  async addSlide(image: Raster, options: DicomizeOptions = {}): Promise<PacsSlide> {
    const files = await dicomize(image, mkdtempSync(join(this.#folder, 'slide-')), options);
    const instances: string[] = [];
    let uids = { StudyInstanceUID: '', SeriesInstanceUID: '', SOPInstanceUID: '' };
    for (const file of files) {
      const { ID } = (await (
        await this.fetch('/instances', { method: 'POST', body: readFileSync(file) })
      ).json()) as { ID: string };
      const tags = await this.fetch(`/instances/${ID}/simplified-tags`);
      uids = (await tags.json()) as typeof uids;
      instances.push(uids.SOPInstanceUID);
    }
    return { study: uids.StudyInstanceUID, series: uids.SeriesInstanceUID, instances, files };
  }

  async stop(): Promise<void> {
    if (!this.#process || this.#process.exitCode !== null) return;
    const ended = once(this.#process, 'exit');
    this.#process.kill('SIGKILL');
    await ended;
    this.#process = undefined;
  }

  async #start(): Promise<void> {
    this.#process = spawn('Orthanc', [join(this.#folder, 'orthanc.json')], { stdio: 'ignore' });
    for (let tries = 0; tries < 200; tries++) {
      await sleep(50);
      if (this.#process.exitCode !== null) break;
      const isUp = await this.fetch('/system').then(
        () => true,
        () => false,
      );
      if (isUp) return;
    }
    await this.stop();
    throw new Error('Orthanc did not start');
  }
}
