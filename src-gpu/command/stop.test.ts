/** A command that is stopped, run as a user runs it. */
import { closeSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { fileAsPipe, openWhenRead } from '../../test/support/file-as-pipe.ts';
import { type RunOptions, runUnicell } from '../../test/support/run-unicell.ts';
import { writeSquares } from '../../test/support/squares.ts';
import { tempFolder } from '../../test/support/temp-folder.ts';
import { writeTinyModel } from '../../test/support/tiny-model.ts';

const folder = tempFolder();
const run = (args: readonly string[], more: Partial<RunOptions> = {}) =>
  runUnicell(args, { cwd: folder, ...more });

beforeAll(() => writeSquares(join(folder, 'tile.png'), [[5, 3, 1]]));

describe('unicell detect', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('stops cleanly at %s', async (signal, code) => {
    const white = { width: 4000, height: 4000, channels: 3, background: '#fff' } as const;
    await sharp({ create: white }).png().toFile(join(folder, 'large.png'));
    const slow = join(folder, `model-${signal}`);
    await writeTinyModel(slow);
    // The command reads the card when it has the picture; what is left is the model and its work.
    const giveCard = fileAsPipe(join(slow, 'card.json'));
    const args = ['detect', 'large.png', '--dataset', 'consep', '--mpp', '0.5', '--model', slow];
    const stopped = await run([...args, '--out', 'stopped', '--overlay'], {
      onStart: (child) => void giveCard().then(() => child.kill(signal)),
    });
    expect(stopped).toEqual({ code, stdout: '', stderr: 'Stopped; nothing was written.\n' });
    expect(readdirSync(folder)).not.toContain('stopped');
  });

  it.skipIf(process.platform === 'win32')(
    'ends by a second signal while a disk hangs',
    async () => {
      const hung = join(folder, 'model-hung');
      await writeTinyModel(hung);
      fileAsPipe(join(hung, 'card.json'));
      let pipe = 0;
      let ended: NodeJS.Signals | null = null;
      const { code } = await run(
        ['detect', 'tile.png', '--dataset', 'consep', '--mpp', '0.5', '--model', hung],
        {
          onStart: (child) => {
            child.on('exit', (_code, signal) => {
              ended = signal;
            });
            void openWhenRead(join(hung, 'card.json')).then((opened) => {
              pipe = opened;
              const again = setInterval(() => child.kill('SIGTERM'), 100);
              child.on('exit', () => clearInterval(again));
            });
          },
        },
      );
      closeSync(pipe);
      expect([code, ended]).toEqual([null, 'SIGTERM']);
    },
  );
});
