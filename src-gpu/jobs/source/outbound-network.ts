/**
 * The network of this tier for DICOMweb clients.
 *
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { DicomwebNetwork } from '../../../shared/dicomweb/network.ts';
import type { Outbound } from './outbound.ts';

/** Requests go where `outbound` lets them go. */
export function outboundNetwork(outbound: Outbound): DicomwebNetwork {
  return {
    send: (url, request) => outbound.request(url, request),
    deadline: (timeoutMs) => AbortSignal.timeout(timeoutMs),
    pause: (ms) => sleep(ms),
  };
}
