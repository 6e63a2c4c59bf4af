/**
 * The commands that look at slides on this machine: `detect`, `estimate`, `view`, and the options that they and `jobs submit`
 * have in common.
 *
 * @module
 */
import { type Command, Option } from 'commander';
import { datasets } from '../../shared/datasets/registry.ts';
import { FORMATS } from '../../shared/formats/registry.ts';
import type { Protocol } from '../../shared/protocol/protocol.ts';
import { PROVIDER_CHOICES } from '../engine/provider/provider-choice.ts';
import type { TestTimeAugmentation } from '../evaluation/evaluate-split.ts';
import { SLIDE_ABOVE } from './detect-options.ts';
import {
  fraction,
  list,
  megapixels,
  naturalNumber,
  number,
  radius,
  slidesAtOnce,
  threads,
} from './option-values.ts';

const INPUTS =
  'picture or slide files, folders of them, folder of a DICOM series or OME-Zarr, https URL of a slide or of a series in a PACS';

/** Adds them to the program. */
export function addSlideCommands(program: Command, signal: AbortSignal): void {
  const detect = program
    .command('detect')
    .description('Find and name the nuclei of pictures, whole slides, or a folder of them.')
    .argument('[slides...]', INPUTS)
    .option(
      '--manifest <file>',
      'CSV file with a slide per row: path, and mpp and dataset where they differ',
    );
  withSlideOptions(detect)
    .option('--out <folder>', 'where the result files go', 'out')
    .addOption(formatOption())
    .option('--radius <um>', RADIUS, radius)
    .option('--overlay', 'also draw the nuclei (PNG); of a slide an overview, and each --region')
    .option(
      '--slide-above <megapixels>',
      'run larger pictures, and all with a pyramid, as slides: in parts, resumable',
      megapixels,
      SLIDE_ABOVE,
    )
    .addOption(protocolOption())
    .addOption(ttaOption())
    .option('--jobs <n>', 'slides at work at once', slidesAtOnce, 1)
    .option('--force', 'overwrite result files of other calls, and begin anew')
    .option(...json);
  withModel(detect, true)
    .addHelpText('after', exampleText(DETECT_EXAMPLES))
    .action(async (slides, options) => {
      const { detectCommand } = await import('./detect.ts');
      console.log(await detectCommand(slides, filled(options), signal));
    });

  const estimate = program
    .command('estimate')
    .description(
      'Say what detect would take: windows, tissue, time. Looks for tissue and tries the model for a moment.',
    )
    .argument('[slides...]', INPUTS)
    .option('--manifest <file>', 'CSV file with a slide per row, as for detect');
  withSlideOptions(estimate).option(...json);
  withModel(estimate, true)
    .addHelpText(
      'after',
      exampleText(['unicell estimate slides/', 'unicell estimate slide.svs --json']),
    )
    .action(async (slides, options) => {
      const { estimateCommand } = await import('./estimate.ts');
      console.log(await estimateCommand(slides, filled(options), signal));
    });

  const view = program
    .command('view')
    .description('Show a slide with its nuclei in the browser, while they are found.')
    .argument('<slide>', 'picture or slide file, or folder of a DICOM series or OME-Zarr image');
  withSlideOptions(view)
    .option('--port <n>', 'port on this machine; a free one when left out', naturalNumber, 0)
    .option('--no-open', 'print the address, and open no browser');
  withModel(view, true)
    .addHelpText('after', exampleText(['unicell view slide.svs --dataset consep']))
    .action(async (slide, options) => {
      const { viewCommand } = await import('./view.ts');
      await viewCommand(slide, filled(options), signal);
    });
}

const json = ['--json', 'print JSON for machines, errors too'] as const;
const RADIUS = 'radius of circles, boxes and rings around nuclei (default: 4; of rings by class)';
const DETECT_EXAMPLES = [
  'unicell detect slide.svs --dataset consep --format geojson',
  'unicell detect slides/ --dataset consep --format geojson,csv --out results',
  'unicell detect --manifest slides.csv --jobs 2 --out results',
  'unicell detect slide.svs --dataset consep --region tumour.geojson --overlay',
  'unicell detect tile.png --organ colon --mpp 0.5 --json',
  'unicell detect dicom-folder/ --dataset consep',
  'unicell detect https://slides.example.org/slide.ome.zarr --dataset consep',
  'unicell detect https://pacs.example.org/dicom-web/studies/1.2.3/series/4.5.6 --dataset consep',
];

/** What to look for: the same options, with the same names, wherever slides are looked at. */
export function withSlideOptions(command: Command): Command {
  return withTissue(
    command
      .addOption(datasetOption())
      .addOption(seriesOption())
      .option('--organ <name>', 'organ or tissue of the slide, the hint for --dataset auto')
      .option('--mpp <um>', 'micrometres per pixel, when the file does not say or is wrong', number)
      .option('--threshold <score>', "keep nuclei of at least this score, not the card's", fraction)
      .option('--class <names>', 'keep only nuclei of these classes', list)
      .option(
        '--region <file>',
        'keep only nuclei inside these polygons (GeoJSON, level-0 pixels)',
      ),
  );
}

/** Formats and radius of result files. */
export function withResultOptions(command: Command): Command {
  return command.addOption(formatOption()).option('--radius <um>', RADIUS, radius);
}

interface Lists {
  readonly dataset?: readonly string[];
  readonly format?: readonly string[];
}

/** With what was left out of options that are lists: commander would add what is given to a default. */
export function filled<T extends Lists>(options: T) {
  return { ...options, dataset: options.dataset ?? ['auto'], format: options.format ?? ['json'] };
}

function withTissue(command: Command): Command {
  return (
    command
      .addOption(
        new Option('--tissue <what>', 'where to look: auto skips glass, none looks everywhere')
          .choices(['auto', 'none'])
          .default('auto'),
      )
      // What `detect` and `jobs submit` called it before.
      .addOption(new Option('--no-tissue-mask').implies({ tissue: 'none' }).hideHelp())
      .addOption(new Option('--glass').implies({ tissue: 'none' }).hideHelp())
  );
}

export function datasetOption(): Option {
  const ids = datasets.list().map(({ id }) => id);
  return new Option(
    '--dataset <ids>',
    `label set: auto, all, or some of ${ids.join(', ')} (default: auto; "unicell datasets" says what they name)`,
  ).argParser(list);
}

function formatOption(): Option {
  const ids = FORMATS.map(({ id }) => id);
  return new Option(
    '--format <names>',
    `result files: ${ids.join(', ')}; geojson is qupath (default: json)`,
  ).argParser(list);
}

export function seriesOption(): Option {
  return new Option(
    '--series <n>',
    'which image of a TIFF or OME-Zarr that holds several, from 0: an OME image, else a page',
  ).argParser(naturalNumber);
}

/** Of the commands that run the model. */
export function withModel(command: Command, hasPrecision = false): Command {
  if (hasPrecision) command.addOption(precisionOption());
  return command
    .option('--model <id>', 'id of an installed model, or the folder of one', 'compact')
    .option('--threads <n>', 'threads for the model; all cores when left out', threads)
    .addOption(
      new Option('--ep <provider>', 'what the model runs on: CUDA where it works, or one of them')
        .choices(PROVIDER_CHOICES)
        .default('auto'),
    );
}

export function protocolOption(): Option {
  return new Option(
    '--protocol <name>',
    "default: windows with overlap; official: the authors' tiles, score above 0.5",
  ).choices(['default', 'official'] satisfies Protocol[]);
}

export function ttaOption(): Option {
  return new Option(
    '--tta <how>',
    'test-time augmentation: flips looks at each picture in four mirrors, default protocol only',
  ).choices(['flips'] satisfies TestTimeAugmentation[]);
}

export function precisionOption(): Option {
  return new Option('--precision <name>', "one of the card's variants, as fp32 or int8").default(
    'fp32',
  );
}

export function exampleText(lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  $ ${line}\n`).join('')}`;
}
