/**
 * Results of jobs on their way into a PACS.
 *
 * @module
 */
import { requireForwarded } from '../../shared/api/forwarded-authorization.ts';
import type { StoreService } from '../../shared/api/store-service.ts';
import { textOf } from '../../shared/dicom/dicom-json.ts';
import { DicomwebClient } from '../../shared/dicomweb/client.ts';
import type { PacsCredentials } from '../../shared/dicomweb/credentials.ts';
import { checkRoot } from '../../shared/dicomweb/dicomweb-url.ts';
import { storeInstances } from '../../shared/dicomweb/stow.ts';
import { UniCellError } from '../../shared/errors.ts';
import { dicomObjects } from '../chunk/dicom-objects.ts';
import type { JobRunner } from '../chunk/job-runner.ts';
import { findJob, plannedFolder } from './find-job.ts';
import type { JobStore } from './job-store.ts';
import type { Outbound } from './source/outbound.ts';
import { outboundNetwork } from './source/outbound-network.ts';

export interface StoreParts {
  readonly store: JobStore;
  readonly outbound: Outbound;
  readonly runner: Pick<JobRunner, 'folder'>;
  /** Those that the service holds for PACS. */
  readonly credentials: PacsCredentials;
}

export function createStoreService(parts: StoreParts): StoreService {
  const { store, outbound, runner, credentials } = parts;
  const network = outboundNetwork(outbound);
  return {
    async store(id, request, { caller, authorization: forwarded, signal }) {
      const root = checkRoot(request.root);
      outbound.check(root);
      const authorization =
        request.authorization === 'forward' ? requireForwarded(forwarded) : credentials(root);
      const record = await findJob(store, id, caller);
      const { status, name, createdAt } = record.job;
      if (status !== 'completed' && status !== 'completed_with_errors') {
        throw new UniCellError(
          'JOB_STATE_CONFLICT',
          `The job ${id} is ${status}; only the result of a completed job is stored in a PACS.`,
        );
      }
      const folder = await plannedFolder(runner, record);
      const objects = await dicomObjects(folder, { name, madeAt: createdAt }, signal);
      const study = textOf(folder.layout.plan.dicom, '0020000D') ?? '';
      const client = new DicomwebClient({ network, authorization });
      const target = { client, network, authorization, root, study };
      const outcomes = await storeInstances(target, objects);
      const instances = outcomes.map(({ outcome, detail }, i) => {
        const { dataset, format, series, instance } = objects[i]!;
        return { dataset, format, series, instance, outcome, detail };
      });
      return {
        root,
        study,
        complete: outcomes.every((one) => one.outcome !== 'failed'),
        instances,
      };
    },
  };
}
