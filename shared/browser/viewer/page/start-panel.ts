/**
 * Choosing a slide, and starting a job on it.
 *
 * @module
 */
import {
  type JobHandle,
  type JobRequest,
  type PacsOptions,
  UniCellProblem,
} from '../../../client/client.ts';
import { byId, make } from '../../pages/elements.ts';
import { organOptions } from '../../pages/organ-options.ts';
import { readinessOf } from '../../pages/readiness.ts';
import type { Service } from '../../pages/service.ts';
import { datasetChoices } from './dataset-choices.ts';

export class StartPanel {
  readonly #service: Service;
  readonly #onJob: (job: JobHandle) => void;
  readonly #onProblem: (error: unknown) => void;

  /** @param onJob Hears of a job that was started. */
  constructor(
    service: Service,
    onJob: (job: JobHandle) => void,
    onProblem: (error: unknown) => void,
  ) {
    this.#service = service;
    this.#onJob = onJob;
    this.#onProblem = onProblem;
    const key = byId<HTMLInputElement>('key');
    key.value = service.key;
    key.addEventListener('change', () => {
      service.key = key.value.trim();
      this.#fill();
    });
    for (const radio of document.querySelectorAll<HTMLInputElement>('[name=source]')) {
      radio.addEventListener('change', () => this.#showSource());
    }
    byId('form').addEventListener('submit', (event) => {
      event.preventDefault();
      this.#submit().catch(onProblem);
    });
  }

  /** Shows what can be chosen here; at an edge without a GPU service, that nothing can. */
  async show(): Promise<void> {
    const { needsKey, runsJobs } = await readinessOf(this.#service);
    byId('no-service').hidden = runsJobs;
    byId('start').hidden = !runsJobs;
    byId('key-field').hidden = !needsKey;
    byId<HTMLInputElement>('key').required = needsKey;
    byId('no-jobs').textContent = needsKey ? 'None yet, or the key is missing.' : 'None yet.';
    byId('jobs-title').textContent = needsKey ? 'Jobs of this key' : 'Jobs';
    if (runsJobs) this.#fill();
  }

  #fill(): void {
    const quiet = (error: unknown) => {
      // Without a key there is nothing to list; the form still says what is wrong when it is sent.
      const isKeyless = error instanceof UniCellProblem && error.status === 401;
      if (!isKeyless) this.#onProblem(error);
    };
    this.#listDatasets().catch(quiet);
    this.#listJobs().catch(quiet);
  }

  #showSource(): void {
    for (const part of document.querySelectorAll<HTMLElement>('[data-source]')) {
      part.hidden = part.dataset.source !== this.#source();
    }
  }

  #source(): string {
    return document.querySelector<HTMLInputElement>('[name=source]:checked')!.value;
  }

  async #listDatasets(): Promise<void> {
    const all = await this.#service.unicell.datasets();
    byId('datasets').replaceChildren(...datasetChoices(all, 'dataset'));
    byId('organ').replaceChildren(...organOptions(all, 'not known'));
  }

  async #listJobs(): Promise<void> {
    const { jobs } = await this.#service.unicell.jobs({ limit: 12 });
    byId('no-jobs').hidden = jobs.length > 0;
    byId('jobs').replaceChildren(
      ...jobs.map(({ id, name, status }) =>
        make(
          'li',
          {},
          make(
            'a',
            { href: `/viewer?job=${id}` },
            make('span', {}, name),
            make('span', {}, status.replaceAll('_', ' ')),
          ),
        ),
      ),
    );
  }

  async #submit(): Promise<void> {
    const button = byId('form').querySelector<HTMLButtonElement>('[type=submit]')!;
    button.disabled = true;
    try {
      this.#onJob(await this.#create());
    } finally {
      button.disabled = false;
    }
  }

  #create(): Promise<JobHandle> {
    const chosen = [...document.querySelectorAll<HTMLInputElement>('[name=dataset]:checked')];
    const [mpp, organ] = [value('mpp'), value('organ')];
    const options = {
      dataset: chosen.length > 0 ? chosen.map((box) => box.value) : ['auto'],
      exports: ['json', 'csv', 'qupath'],
      ...(mpp !== '' && { mpp: Number(mpp) }),
      ...(organ !== '' && { organ }),
    };
    if (this.#source() !== 'upload') {
      const request = { ...options, source: this.#sourceFields() } as JobRequest;
      return this.#service.unicell.createJob(request, this.#pacs());
    }
    const [file] = byId<HTMLInputElement>('file').files ?? [];
    if (file === undefined) throw new Error('Choose a file first.');
    return this.#service.unicell.createJobOf(file, { ...options, name: file.name.slice(0, 200) });
  }

  #sourceFields(): Record<string, string> {
    const type = this.#source();
    const names =
      { path: ['path'], url: ['url'], dicomweb: ['root', 'study', 'series'] }[type] ?? [];
    const isForwarded = this.#pacs().pacsAuthorization !== undefined;
    return {
      type,
      ...Object.fromEntries(names.map((name) => [name, value(name)])),
      ...(isForwarded ? { authorization: 'forward' } : {}),
    };
  }

  /** What the service may show the PACS, for this job alone. */
  #pacs(): PacsOptions {
    const authorization = this.#source() === 'dicomweb' ? value('pacs') : '';
    return authorization === '' ? {} : { pacsAuthorization: authorization };
  }
}

function value(id: string): string {
  return byId<HTMLInputElement | HTMLSelectElement>(id).value.trim();
}
