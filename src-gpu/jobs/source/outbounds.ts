/**
 * Where jobs may reach, by what for: an address that is trusted for one is not for another.
 *
 * @module
 */
import { Outbound } from './outbound.ts';

/** Private addresses that may be reached, as {@link Outbound} takes them. */
export interface TrustedAddresses {
  /** Hosts of slides that callers name by URL. */
  readonly slides: readonly string[];
  /** Roots of DICOMweb services. */
  readonly pacs: readonly string[];
  /** Hosts that webhooks are sent to. */
  readonly webhooks: readonly string[];
}

export class Outbounds {
  readonly slides: Outbound;
  readonly pacs: Outbound;
  readonly webhooks: Outbound;

  constructor({ slides, pacs, webhooks }: TrustedAddresses) {
    this.slides = new Outbound({ trusted: slides });
    this.pacs = new Outbound({ trusted: pacs });
    this.webhooks = new Outbound({ trusted: webhooks });
  }

  async close(): Promise<void> {
    await Promise.all([this.slides.close(), this.pacs.close(), this.webhooks.close()]);
  }
}
