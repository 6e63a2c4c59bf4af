/**
 * All checks of a machine.
 *
 * @module
 */
import type { Check, Finding } from './check.ts';
import { codecs } from './codecs.ts';
import { cuda } from './cuda.ts';
import { disk } from './disk.ts';
import { modelFiles } from './models.ts';
import { nodeVersion } from './node-version.ts';
import { onnxRuntime } from './onnx-runtime.ts';
import { openSlide } from './openslide.ts';
import { redis } from './redis.ts';
import { settingsCheck, settingsOr } from './settings.ts';

/** A finding, and what it is about. */
export interface Examined extends Finding {
  readonly id: string;
}

/** Checks everything that UniCell needs of this machine, with the environment of the service. */
export async function examine(environment: NodeJS.ProcessEnv): Promise<readonly Examined[]> {
  const settings = settingsOr(environment);
  const checks: readonly Check[] = [
    nodeVersion,
    settingsCheck(environment),
    modelFiles(settings.MODEL),
    onnxRuntime,
    cuda(settings.EXECUTION_PROVIDER),
    codecs,
    openSlide,
    disk(settings.DATA_FOLDER, settings.MIN_FREE_BYTES),
    redis(settings.REDIS_URL),
  ];
  return Promise.all(checks.map(async (check) => ({ id: check.id, ...(await outcome(check)) })));
}

async function outcome(check: Check): Promise<Finding> {
  try {
    return await check.run();
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    return { status: 'broken', detail: `The check itself failed: ${detail}` };
  }
}
