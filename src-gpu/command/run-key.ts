import { createHash } from 'node:crypto';
import type { ModelCard } from '../../shared/engine/card.ts';
import { variantOf } from '../../shared/engine/model-files.ts';
import { RESULT_VERSION } from '../chunks/job-plan.ts';
import type { Slide } from '../slides/slide.ts';

/**
 * Names a call: a slide's content, the model's files, and what was asked for. Equal keys have equal result files.
 *
 * @param asked All options that change a result file, as JSON can hold them.
 */
export async function runKey(
  slide: Pick<Slide, 'fingerprint'>,
  card: ModelCard,
  precision: string,
  asked: Readonly<Record<string, unknown>>,
): Promise<string> {
  const { trunk, dataset } = variantOf(card, precision);
  const files = [trunk.sha256, dataset.sha256];
  const model = { id: card.id, version: card.version, precision, files };
  const named = { version: RESULT_VERSION, slide: await slide.fingerprint(), model, asked };
  return createHash('sha256').update(JSON.stringify(named)).digest('hex');
}
