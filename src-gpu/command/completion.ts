/**
 * Completion of commands, options and their values, in bash, zsh and fish.
 *
 * @module
 */
import completionOf from '@bomb.sh/tab/commander';
import type { Command } from 'commander';
import { datasets } from '../../shared/datasets/registry.ts';
import { FORMATS } from '../../shared/formats/registry.ts';

/** What options take that have more to choose from than commander knows. */
const VALUES: Readonly<Record<string, () => readonly (readonly [value: string, what: string])[]>> =
  {
    dataset: () => [
      ['auto', 'by the organ, or the most general'],
      ['all', 'all of the model'],
      ...datasets.list().map(({ id, name }) => [id, name] as const),
    ],
    format: () => FORMATS.map(({ id, description }) => [id, description]),
  };

/** Adds `unicell completion SHELL`, and the hidden `unicell complete` that the shells ask. */
export function addCompletion(program: Command): void {
  const completion = completionOf(program, { completionCommandName: 'completion' });
  for (const { options } of completion.commands.values()) {
    for (const [name, values] of Object.entries(VALUES)) {
      const option = options.get(name);
      if (option === undefined) continue;
      option.handler = (complete) => {
        for (const [value, what] of values()) complete(value, what);
      };
    }
  }
  program.commands
    .find((command) => command.name() === 'completion')
    ?.description('Print what makes a shell complete unicell: bash, zsh or fish.')
    .addHelpText(
      'after',
      `
Examples:
  $ source <(unicell completion bash)   # in ~/.bashrc
  $ source <(unicell completion zsh)    # in ~/.zshrc, after compinit
  $ unicell completion fish | source    # in ~/.config/fish/config.fish
`,
    );
}
