/**
 * `unicell-edge/server`: what needs Node. The service inside a program of one's own, and the readers of slides
 * and the native engine for {@link detect} of the core.
 *
 * @module
 */
export type { EngineHost } from '../engine/engine-host.ts';
export type { EngineHostOptions } from '../engine/open-engine-host.ts';
export { openEngineHost } from '../engine/open-engine-host.ts';
export type { Log } from '../service/log.ts';
export { openLog } from '../service/log.ts';
export type { Service } from '../service/service.ts';
export { startService } from '../service/service.ts';
export type { ServiceSettings } from '../service/settings.ts';
export { readServiceSettings } from '../service/settings.ts';
export type { OpenedImage } from '../slides/open-image.ts';
export { openImage } from '../slides/open-image.ts';
export { openSlide } from '../slides/open-slide.ts';
export type { Slide } from '../slides/slide.ts';
