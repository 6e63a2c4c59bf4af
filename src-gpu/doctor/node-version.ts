import type { Check } from './check.ts';

const LEAST = 24;

/** TypeScript is run as it is, and jobs are kept in `node:sqlite`: both came with this version. */
export const nodeVersion: Check = {
  id: 'node',
  async run() {
    const { node } = process.versions;
    if (Number.parseInt(node, 10) >= LEAST) return { status: 'ok', detail: `Node ${node}.` };
    return {
      status: 'broken',
      detail: `Node ${node} runs this; UniCell needs ${LEAST} or newer.`,
      fix: 'Run `npm ci`, which brings one, and start UniCell with `npx unicell`; or install Node 24.',
    };
  },
};
