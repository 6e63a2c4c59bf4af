/**
 * Results of jobs on their way into a PACS.
 *
 * @module
 */

import type { StoreReport, StoreRequest } from '../../shared/api/jobs/store-schemas.ts';
import type { StoreService } from '../../shared/api/jobs/store-service.ts';
import { requireForwarded } from '../../shared/api/sources/forwarded-authorization.ts';
import { textOf } from '../../shared/dicom/dicom-json.ts';
import { DicomwebClient } from '../../shared/dicomweb/client.ts';
import type { PacsCredentials } from '../../shared/dicomweb/credentials.ts';
import { checkRoot } from '../../shared/dicomweb/dicomweb-url.ts';
import type { DicomwebNetwork } from '../../shared/dicomweb/network.ts';
import { storeInstances } from '../../shared/dicomweb/stow.ts';
import { UniCellError } from '../../shared/errors.ts';
import { dicomObjects, requireDicom } from '../chunks/dicom-objects.ts';
import type { JobPlan } from '../chunks/job-plan.ts';
import { type Survey, surveyChunks } from '../chunks/survey.ts';
import { findJob, plannedFolder } from './find-job.ts';
import type { JobRecord, JobStore } from './job-store.ts';
import { beingRepaired, type Repairs } from './repairs.ts';
import type { JobRunner } from './runner/job-runner.ts';
import type { ForwardedCredentials } from './source/forwarded-credentials.ts';
import type { Outbound } from './source/outbound.ts';
import { outboundNetwork } from './source/outbound-network.ts';

export interface StoreParts {
  readonly store: JobStore;
  readonly outbound: Outbound;
  readonly runner: Pick<JobRunner, 'folder'>;
  readonly repairs: Repairs;
  /** Those that the service holds for PACS. */
  readonly credentials: PacsCredentials;
  /** Those that callers have lent for jobs. */
  readonly forwarded: ForwardedCredentials;
}

/** Stores results of jobs: when it is asked to, and at the end of a job. */
export class ResultStore implements StoreService {
  readonly #parts: StoreParts;
  readonly #network: DicomwebNetwork;

  constructor(parts: StoreParts) {
    this.#parts = parts;
    this.#network = outboundNetwork(parts.outbound);
  }

  async store(
    id: string,
    request: StoreRequest,
    { caller, authorization: forwarded, signal }: Parameters<StoreService['store']>[2],
  ): Promise<StoreReport> {
    const { store, outbound, runner, repairs, credentials } = this.#parts;
    const root = checkRoot(request.root);
    outbound.check(root);
    const authorization =
      request.authorization === 'forward' ? requireForwarded(forwarded) : credentials(root);
    const record = await findJob(store, id, caller);
    const { status } = record.job;
    if (status !== 'completed' && status !== 'completed_with_errors') {
      throw new UniCellError(
        'JOB_STATE_CONFLICT',
        `The job ${id} is ${status}; only the result of a completed job is stored in a PACS.`,
      );
    }
    const folder = await plannedFolder(runner, record, repairs);
    const { plan } = folder.layout;
    requireDicom(plan, { name: record.job.name, madeAt: record.job.createdAt });
    const survey = await surveyChunks(folder, signal);
    try {
      if (await repairs.chunks(record, folder, survey.missing)) throw beingRepaired(id);
      return await this.#send(record, plan, survey, { root, authorization }, signal);
    } finally {
      await survey.close();
    }
  }

  /** Stores what a job asked for with its option `store`. */
  storeAtEnd(
    record: JobRecord,
    plan: JobPlan,
    survey: Survey,
    pacs: string,
    signal: AbortSignal,
  ): Promise<StoreReport> {
    const { forwarded, credentials } = this.#parts;
    const root = checkRoot(pacs);
    const { source, job } = record;
    const isLent = source.type === 'dicomweb' && source.isForwarded && source.root === root;
    const authorization = isLent ? forwarded.of(job.id) : credentials(root);
    return this.#send(record, plan, survey, { root, authorization }, signal);
  }

  async #send(
    { job }: JobRecord,
    plan: JobPlan,
    survey: Survey,
    { root, authorization }: { root: string; authorization: string | undefined },
    signal: AbortSignal,
  ): Promise<StoreReport> {
    const head = { name: job.name, madeAt: job.createdAt };
    const objects = dicomObjects(plan, survey, head, signal);
    const study = textOf(plan.dicom, '0020000D') ?? '';
    const network = this.#network;
    const client = new DicomwebClient({ network, authorization, patience: signal });
    const target = { client, network, authorization, root, study, patience: signal };
    const outcomes = await storeInstances(target, objects);
    const instances = outcomes.map(({ outcome, detail }, i) => {
      const { dataset, format, series, instance } = objects[i]!;
      return { dataset, format, series, instance, outcome, detail };
    });
    return { root, study, complete: outcomes.every((one) => one.outcome !== 'failed'), instances };
  }
}
