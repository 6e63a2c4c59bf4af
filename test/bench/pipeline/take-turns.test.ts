import { describe, expect, it } from 'vitest';
import { takeTurns } from './take-turns.ts';

const program = (code: string) => ({ command: process.execPath, args: ['-e', code] });
const passes = program(
  `console.log('ready');
   process.stdin.once('data', () => { console.log('{"windows": 7}'); process.exit(0); });`,
);

describe('programs that take turns', () => {
  it('run to their ends', async () => {
    expect(await takeTurns([passes, passes])).toMatchObject([{ windows: 7 }, { windows: 7 }]);
  });

  it.each([
    ['before it is ready', 'process.exit(3)', 3],
    ['after some words', `console.log('loading'); process.exit(4)`, 4],
    ['at its work', `console.log('ready'); process.stdin.once('data', () => process.exit(5))`, 5],
  ])('end with the reason when one dies %s', async (_, code, status) => {
    await expect(takeTurns([passes, program(code)])).rejects.toThrow(
      new RegExp(`ended with ${status} before it was through`),
    );
  });

  it('end with the reason when one is not there', async () => {
    const missing = { command: '/none/python', args: [] };
    await expect(takeTurns([passes, missing])).rejects.toThrow(/ENOENT/);
  });
});
