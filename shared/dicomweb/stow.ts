/**
 * STOW-RS: storing instances in a PACS so that what is said of them is true (DICOM PS3.18, section 10.5).
 *
 * The standard leaves it to the PACS whether an instance that comes again replaces the one that is there, is
 * ignored or is refused, and has no way to delete. So the PACS is asked first, and what it has is not sent
 * again; and it is asked afterwards wherever its answer leaves open what became of an instance.
 *
 * @module
 */

import { textOf } from '../dicom/dicom-json.ts';
import { UniCellError } from '../errors.ts';
import type { DicomwebClient } from './client.ts';
import { refusal } from './exchange.ts';
import type { DicomwebNetwork } from './network.ts';
import { readDataSets } from './read-answer.ts';
import { type StowInstance, stowBody } from './stow-body.ts';
import { readStowReply, type StowWord } from './stow-reply.ts';
import { TAG } from './tags.ts';

export interface StowTarget {
  /** For questions, with the same credentials. */
  readonly client: DicomwebClient;
  readonly network: DicomwebNetwork;
  /** The header `Authorization` for the PACS. */
  readonly authorization: string | undefined;
  /** Root of the DICOMweb service, without a slash at its end. */
  readonly root: string;
  /** Study Instance UID of all instances. */
  readonly study: string;
  /** Aborted when nobody waits any more. */
  readonly patience?: AbortSignal | undefined;
}

/** What became of an instance. */
export interface StowOutcome {
  /** SOP Instance UID. */
  readonly instance: string;
  /** `present`: it was there before. */
  readonly outcome: 'stored' | 'present' | 'failed';
  /** Why it failed, or what the PACS warned of. */
  readonly detail: string | null;
}

const TIMEOUT_MS = 600_000;
const MAX_REPLY_BYTES = 2 ** 24;

/**
 * Stores instances.
 *
 * @returns An outcome for each, in their order.
 * @throws {UniCellError} `SOURCE_UNAUTHORIZED`, `SOURCE_NOT_FOUND`, `SOURCE_UNREACHABLE`, `DICOMWEB_INVALID`,
 *   `SOURCE_FORBIDDEN` when none has been stored and the PACS says nothing of single ones.
 */
export async function storeInstances(
  target: StowTarget,
  instances: readonly StowInstance[],
): Promise<StowOutcome[]> {
  const before = await presentBefore(target, instances);
  const fresh = instances.filter(({ instance }) => !before.has(instance));
  if (fresh.length === 0) return instances.map(({ instance }) => present(instance));
  const reply = await send(target, fresh).catch((error: unknown) => failureOf(error));
  const words = reply instanceof UniCellError ? new Map<string, StowWord>() : reply;
  const open = fresh.filter(({ instance }) => isOpen(words.get(instance)));
  const after = open.length === 0 ? new Set<string>() : await presentNow(target, open, reply);
  if (reply instanceof UniCellError && after.size === 0) throw reply;
  const silence = reply instanceof UniCellError ? reply.message : 'The PACS did not say so.';
  return instances.map(({ instance }) => {
    if (before.has(instance)) return present(instance);
    const word = words.get(instance);
    if (word?.isStored) return { instance, outcome: 'stored', detail: word.warning ?? null };
    if (after.has(instance)) {
      return { instance, outcome: word ? 'present' : 'stored', detail: word?.reason ?? null };
    }
    return { instance, outcome: 'failed', detail: word?.reason ?? silence };
  });
}

/** A PACS that is there and does not let itself be asked may take instances all the same. */
async function presentBefore(
  target: StowTarget,
  instances: readonly StowInstance[],
): Promise<ReadonlySet<string>> {
  try {
    return await presentInstances(target, instances);
  } catch (error) {
    const { code } = failureOf(error);
    if (code === 'SOURCE_UNREACHABLE' || code === 'SOURCE_FORBIDDEN') throw error;
    return new Set();
  }
}

function present(instance: string): StowOutcome {
  return { instance, outcome: 'present', detail: null };
}

/** Whether it takes a question to know what became of an instance. */
function isOpen(word: StowWord | undefined): boolean {
  return word === undefined || (!word.isStored && word.isDuplicate);
}

/** Anything but an expected failure is a bug, and may have left the PACS with anything as well. */
function failureOf(error: unknown): UniCellError {
  if (error instanceof UniCellError) return error;
  throw error;
}

/** After a failed question the instances count as not stored, and its failure is that of the call. */
async function presentNow(
  target: StowTarget,
  instances: readonly StowInstance[],
  reply: UniCellError | ReadonlyMap<string, StowWord>,
): Promise<ReadonlySet<string>> {
  try {
    return await presentInstances(target, instances);
  } catch (error) {
    if (reply instanceof UniCellError) throw reply;
    failureOf(error);
    return new Set();
  }
}

/** QIDO-RS: which of the instances the PACS has. */
async function presentInstances(
  { client, root, study }: StowTarget,
  instances: readonly StowInstance[],
): Promise<Set<string>> {
  const found = new Set<string>();
  for (const series of new Set(instances.map((one) => one.series))) {
    const there = await client.searchInstances({ root, study, series }, []).catch((error) => {
      if (error instanceof UniCellError && error.code === 'SOURCE_NOT_FOUND') return [];
      throw error;
    });
    for (const data of there) found.add(textOf(data, TAG.sopInstanceUid) ?? '');
  }
  return new Set(instances.map(({ instance }) => instance).filter((uid) => found.has(uid)));
}

async function send(
  { network, root, study, authorization, patience }: StowTarget,
  instances: readonly StowInstance[],
): Promise<ReadonlyMap<string, StowWord>> {
  const url = `${root}/studies/${study}`;
  const { contentType, body, failure } = stowBody(instances);
  const deadline = network.deadline(TIMEOUT_MS);
  const signal = patience ? AbortSignal.any([deadline, patience]) : deadline;
  const headers = {
    accept: 'application/dicom+json',
    'content-type': contentType,
    ...(authorization === undefined ? {} : { authorization }),
  };
  let status: number | undefined;
  try {
    const response = await network.send(url, { method: 'POST', headers, body, signal });
    status = response.status;
    const words = readStowReply(await readDataSets(response, MAX_REPLY_BYTES));
    // What it says of instances counts whatever the status: 202 and 409 are for partial and for no success.
    if (response.ok || words.size > 0) return words;
  } catch (error) {
    const own = failure();
    if (own) throw own.error;
    const isAnswer = error instanceof UniCellError && error.code !== 'SOURCE_UNREACHABLE';
    if (isAnswer && (status === undefined || status < 300)) throw error;
    if (status === undefined || status < 300) {
      throw new UniCellError(
        'SOURCE_UNREACHABLE',
        `The PACS at ${new URL(root).origin} ${deadline.aborted ? `did not answer within ${TIMEOUT_MS / 1000} s` : 'broke off the connection'} while instances were stored. Look what it has, and store again: what is there is not stored twice.`,
        { cause: error },
      );
    }
  }
  if (status >= 500) {
    throw new UniCellError(
      'SOURCE_UNREACHABLE',
      `The PACS at ${new URL(root).origin} answered ${status} to what was to be stored. Try again.`,
    );
  }
  throw refusal(url, status, authorization !== undefined);
}
