/** Orthanc in the place of the PACS that the documents call by a name of an example. */
import { onTestFinished } from 'vitest';
import { syntheticField } from '../../src-gpu/demo/synthetic/field.ts';
import { Orthanc } from '../support/orthanc.ts';
import { tempFolder } from '../support/temp-folder.ts';
import type { Difference } from './page-script.ts';

interface DocumentsPacs {
  readonly differences: readonly Difference[];
  /** For the service and the command: the root may be http and private, and wants these credentials. */
  readonly env: Readonly<Record<string, string>>;
}

/** Starts it with a slide of drawn tissue: study 1.2.3, series 4.5.6, and 7.8.9 as its finest instance. */
export async function startPacs(): Promise<DocumentsPacs> {
  const password = 'secret of the PACS';
  const orthanc = await Orthanc.start(tempFolder(), { password });
  onTestFinished(() => orthanc.stop());
  const { raster } = syntheticField({ width: 1024, height: 1024, mpp: 0.5, seed: 3 });
  const { study, series, instances } = await orthanc.addSlide(raster);
  return {
    differences: [
      [/https:\/\/pacs\.example\.org\/dicom-web/g, orthanc.dicomWeb],
      [/unicell:password/g, `unicell:${password}`],
      [/\b1\.2\.3\b/g, study],
      [/\b4\.5\.6\b/g, series],
      [/\b7\.8\.9\b/g, instances[0]!],
    ],
    env: {
      DICOMWEB_ROOTS: orthanc.dicomWeb,
      DICOMWEB_AUTHORIZATION: orthanc.authorization!,
      DICOMWEB_CREDENTIALS: JSON.stringify({
        [orthanc.dicomWeb]: { authorization: orthanc.authorization },
      }),
    },
  };
}
