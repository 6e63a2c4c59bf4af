/**
 * Whether the service of this machine is ready, as an exit code: for the health check of a container.
 *
 * @module
 */
const port = process.env.PORT?.trim() || '8080';
const response = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined);
process.exitCode = response?.ok ? 0 : 1;
