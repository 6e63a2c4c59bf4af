import { Command } from 'commander';
import { nearestName } from '../../shared/datasets/nearest-name.ts';

/** What the HTTP interface and other programs call an option, by what it is called here. */
const OTHER_NAMES: Readonly<Record<string, readonly string[]>> = {
  '--class': ['--classes'],
  '--dataset': ['--datasets', '--labels'],
  '--format': ['--exports', '--formats', '--export'],
  '--jobs': ['--parallel', '--concurrency', '--workers'],
  '--organ': ['--tissue-type', '--site'],
  '--out': ['--output', '--outdir', '--out-dir'],
  '--overlay': ['--draw', '--picture'],
  '--force': ['--overwrite'],
  '--radius': ['--radius-um', '--radiusUm'],
  '--region': ['--regions', '--roi'],
  '--threads': ['--cpus', '--cores'],
  '--threshold': ['--min-score', '--minScore', '--score'],
};

/** A command that says which option was meant. */
export class UniCellCommand extends Command {
  override createCommand(name?: string): Command {
    return new UniCellCommand(name);
  }

  /** Called by commander, whose types leave it out. */
  unknownOption(flag: string): void {
    const known = this.options.flatMap(({ long }) => long ?? []);
    const name = flag.replace(/=.*$/s, '');
    const meant =
      known.find((option) => OTHER_NAMES[option]?.includes(name)) ?? nearestName(name, known);
    const hint = meant === undefined ? '' : `\n(Did you mean ${meant}?)`;
    this.error(`error: unknown option '${name}'${hint}`, { code: 'commander.unknownOption' });
  }
}
