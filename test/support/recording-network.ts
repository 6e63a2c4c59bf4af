import { setTimeout as sleep } from 'node:timers/promises';
import type { DicomwebNetwork } from '../../shared/dicomweb/network.ts';

/** A network without rules whose requests can be looked at. Its pauses are short. */
export class RecordingNetwork implements DicomwebNetwork {
  /** Paths with their queries, in order. */
  readonly asked: string[] = [];
  readonly pausesMs: number[] = [];

  async send(url: string, request: Parameters<DicomwebNetwork['send']>[1]): Promise<Response> {
    const { pathname, search } = new URL(url);
    this.asked.push(`${pathname}${search}`);
    return fetch(url, request);
  }

  deadline(timeoutMs: number): AbortSignal {
    return AbortSignal.timeout(timeoutMs);
  }

  async pause(ms: number): Promise<void> {
    this.pausesMs.push(ms);
    await sleep(1);
  }
}
