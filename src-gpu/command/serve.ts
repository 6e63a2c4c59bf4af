/**
 * `unicell serve`: the GPU service, until it is told to stop.
 *
 * @module
 */
import { openLog } from '../service/log.ts';
import { startService } from '../service/service.ts';
import { readServiceSettings, type ServiceSettings } from '../service/settings.ts';

export interface ServeOptions {
  readonly host?: string;
  readonly port?: number;
  readonly model?: string;
  readonly ep?: string;
  readonly role?: string;
  /** Without keys, for this machine only. */
  readonly local?: boolean;
}

/** Beyond the time for draining: closing the model, the stores and the log. */
const CLOSING_MS = 10_000;

/**
 * Serves until the signal is aborted, then drains and ends the process: with 0, or with 1 after a fault
 * that a new process may not have.
 *
 * @throws {UniCellError} `CONFIGURATION_INVALID` and what starting the service throws.
 */
export async function serveCommand(options: ServeOptions, signal: AbortSignal): Promise<void> {
  const settings = readServiceSettings({ ...process.env, ...variablesOf(options) });
  const log = openLog(settings.LOG_LEVEL, settings.LOG_FORMAT);
  const uncaught = new Promise<string>((resolve) => {
    process.on('uncaughtException', (err) => {
      log.fatal({ err }, 'uncaught error');
      resolve('an uncaught error');
    });
  });
  const service = await startService(settings, log);
  if (showsText(settings)) console.log(nextSteps(service.url, settings));
  const asked = new Promise<undefined>((resolve) => {
    if (signal.aborted) resolve(undefined);
    signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
  const fault = await Promise.race([asked, uncaught, service.broken]);
  if (fault !== undefined) log.fatal({ fault }, 'ending, to be started again');
  const limit = setTimeout(() => {
    log.fatal('did not stop in time');
    process.exit(1);
  }, settings.DRAIN_TIMEOUT_MS + CLOSING_MS);
  await service.stop();
  clearTimeout(limit);
  log.info('stopped');
  // What others left open must not keep the process.
  process.exit(fault === undefined ? 0 : 1);
}

/** Whether people read what is printed; a program gets the address in the log. */
function showsText({ LOG_FORMAT }: ServiceSettings): boolean {
  return LOG_FORMAT === 'text' || (LOG_FORMAT === 'auto' && process.stdout.isTTY);
}

function nextSteps(url: string, { ROLE, UNICELL_ENV }: ServiceSettings): string {
  if (ROLE === 'worker')
    return `\nThis worker takes jobs from the store; its health is at ${url}/readyz. Ctrl-C ends it.\n`;
  const key = UNICELL_ENV === 'local' ? '' : 'UNICELL_KEY=YOUR_KEY ';
  return [
    '',
    `UniCell serves at ${url}`,
    `  look at a slide   ${url}/viewer`,
    `  try a picture     ${url}/`,
    `  the interface     ${url}/docs`,
    `  send a slide      ${key}UNICELL_URL=${url} unicell jobs submit slide.svs --watch`,
    'Ctrl-C ends it; jobs go on when it is started again.',
    '',
  ].join('\n');
}

function variablesOf({ host, port, model, ep, role, local }: ServeOptions) {
  const given: Record<string, string | undefined> = {
    HOST: host,
    PORT: port === undefined ? undefined : String(port),
    MODEL: model,
    EXECUTION_PROVIDER: ep,
    ROLE: role,
    UNICELL_ENV: local ? 'local' : undefined,
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}
