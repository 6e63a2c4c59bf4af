import { readServiceSettings, type ServiceSettings } from '../service/settings.ts';
import type { Check } from './check.ts';

/** The environment as the service would read it; what it takes for granted where it could not. */
export function settingsOr(environment: NodeJS.ProcessEnv): ServiceSettings {
  try {
    return readServiceSettings(environment);
  } catch {
    return readServiceSettings({});
  }
}

/** Whether the service would start with these environment variables. */
export function settingsCheck(environment: NodeJS.ProcessEnv): Check {
  return {
    id: 'settings',
    async run() {
      try {
        readServiceSettings(environment);
      } catch (error) {
        const detail = error instanceof Error ? error.message : String(error);
        return { status: 'broken', detail, fix: 'Set the variable as docs/gpu.md says.' };
      }
      return { status: 'ok', detail: 'The environment variables of the service are valid.' };
    },
  };
}
