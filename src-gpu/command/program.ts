/**
 * The commands of `unicell` with their options and help. What a command does lies in a file of its own,
 * which is loaded when it runs: `unicell --help` loads neither sharp nor ONNX Runtime.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { SCORE_MODES } from '../../shared/scoring/score-mode.ts';
import { addCompletion } from './completion.ts';
import { addMachineCommands } from './machine-program.ts';
import { fraction, list, number, positiveInteger, radius } from './option-values.ts';
import { addServiceCommands } from './service-program.ts';
import {
  addSlideCommands,
  datasetOption,
  exampleText,
  precisionOption,
  protocolOption,
  seriesOption,
  ttaOption,
  withModel,
} from './slide-program.ts';
import { UniCellCommand } from './unicell-command.ts';

const { version } = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
) as { version: string };

/**
 * @param signal Aborted when the user stops the command.
 * @param writeError Takes what is wrong with the arguments.
 */
export function createProgram(signal: AbortSignal, writeError: (text: string) => void): Command {
  const program = new UniCellCommand('unicell')
    .description(
      'Finds and names cell nuclei in H&E pictures with UniCell. Research use only: not for diagnosis.',
    )
    .version(version)
    .showHelpAfterError('Run the command with --help to see what it takes.')
    .configureOutput({ writeErr: writeError })
    .exitOverride();
  const command = (name: string, description: string, examples: readonly string[]) =>
    program.command(name).description(description).addHelpText('after', exampleText(examples));
  const json = ['--json', 'print JSON for machines, errors too'] as const;

  addSlideCommands(program, signal);

  withModel(
    command('classify', 'Name nuclei that another program found.', [
      'unicell classify slide.svs --points stardist.geojson --dataset consep',
      'unicell classify he.ome.tif --points cells.parquet --unit um --dataset auto --format spatialdata',
    ]),
  )
    .argument('<image>', 'picture or slide, as `detect` takes it')
    .requiredOption(
      '--points <file>',
      'nuclei as GeoJSON (points or polygons), CSV or Parquet, in pixels of the picture at full resolution or in um',
    )
    .addOption(datasetOption())
    .addOption(
      new Option('--unit <unit>', 'what the coordinates count (default: as the file says)').choices(
        ['px', 'um'],
      ),
    )
    .option(
      '--within <um>',
      "how far the model may see the nucleus of a point (default: the dataset's match radius)",
      radius,
    )
    .option('--organ <name>', 'organ or tissue of the picture, the hint for --dataset auto')
    .option('--mpp <um>', 'micrometres per pixel, when the file does not say or is wrong', number)
    .addOption(seriesOption())
    .option('--out <folder>', 'where the result files go', 'out')
    .option('--format <names>', 'further result files, as of `detect`', list)
    .option('--force', 'overwrite result files of other calls')
    .option(...json)
    .action(async (image, options) => {
      const { classifyCommand } = await import('./classify.ts');
      console.log(
        await classifyCommand(image, { format: [], dataset: ['auto'], ...options }, signal),
      );
    });

  withModel(
    command('demo', 'Show what UniCell does on a real slide region, or on a picture of yours.', [
      'unicell demo',
      'unicell demo --image tile.png --mpp 0.5',
    ]),
  )
    .option('--image <file>', "picture file; OpenSlide's CMU-1-Small-Region.svs when left out")
    .option(
      '--dataset <ids>',
      'label set: an id, several, "all", or "auto" (default: consep)',
      list,
    )
    .option('--mpp <um>', 'micrometres per pixel of --image, when the file does not say', number)
    .option('--out <folder>', 'where the result files go', 'out')
    .option('--force', 'overwrite result files of other calls, and begin anew')
    .action(async (options) => {
      const { demoCommand } = await import('./demo.ts');
      console.log(await demoCommand({ dataset: ['consep'], ...options }, signal));
    });

  command('score', 'Score predicted nuclei against the truth (Fd, Fc per class).', [
    'unicell score points.csv predictions.csv --dataset consep --mpp 0.5',
    'unicell score data/consep predictions.csv --dataset consep --split test',
  ])
    .argument(
      '<truth>',
      'CSV (image, x, y, class), or a data folder with images.csv and points.csv',
    )
    .argument('<predictions>', 'CSV of the same columns, or a result file of `unicell detect`')
    .requiredOption('--dataset <id>', 'label set of the classes')
    .option('--mpp <um>', 'micrometres per pixel of the coordinates', number)
    .option('--split <name>', 'only the pictures of this split, for a data folder')
    .option('--image <name>', 'only this picture; a file that names no picture is of it')
    .option('--ignore <file>', 'CSV (image, x0, y0, x1, y1) of boxes in which nothing is scored')
    .option('--model <id>', 'model whose card brings the dataset, if the project does not know it')
    .addOption(scoreMode())
    .option(...json)
    .action(async (truth, predictions, options) => {
      const { scoreCommand } = await import('./score.ts');
      console.log(await scoreCommand(truth, predictions, options));
    });

  withModel(
    command('evaluate', 'Run the model on a labelled split and score it.', [
      'unicell evaluate --data ../shared/data --dataset consep --split test',
      'unicell evaluate --data ../shared/data --dataset ocelot --protocol official --json',
      'unicell evaluate --data ../shared/data --table1 --markdown',
    ]),
  )
    .requiredOption(
      '--data <folder>',
      'data folder, or the folder that holds it under its dataset id',
    )
    .option('--dataset <id>', 'label set of the data and of the head that is run')
    .addOption(
      new Option('--table1', "the paper's Table 1 beside what the model reaches").conflicts(
        'dataset',
      ),
    )
    .option('--split <name>', 'which pictures: train, val or test', 'test')
    .option('--threshold <score>', "keep nuclei of at least this score, not the card's", fraction)
    .addOption(protocolOption())
    .addOption(scoreMode())
    .option(...json)
    .addOption(new Option('--markdown', 'print Markdown').conflicts('json'))
    .addOption(ttaOption().conflicts('table1'))
    .addOption(precisionOption())
    .action(async (options) => {
      const { evaluateCommand } = await import('./evaluate.ts');
      console.log(await evaluateCommand(options, signal));
    });

  withModel(
    command('report', 'Measure a model on labelled splits: scores, errors, calibration, figures.', [
      'unicell report --data ../shared/data --out report',
      'unicell report --data ../shared/data --dataset consep --split test --tta flips --out report',
    ]),
  )
    .requiredOption(
      '--data <folder>',
      'folder with one data folder per dataset, named by its id; with --dataset, also the folder of one',
    )
    .requiredOption('--out <folder>', 'where report.md, report.json and the figures go')
    .option('--dataset <ids>', 'datasets, of those that the model and the folder have', list)
    .option('--split <name>', 'which pictures: train, val or test', 'val')
    .addOption(ttaOption())
    .addOption(precisionOption())
    .option(...json)
    .action(async (options) => {
      const { reportCommand } = await import('./report.ts');
      console.log(await reportCommand(options, signal));
    });

  withModel(
    command(
      'robustness',
      'Measure what other stains, scanners and files cost, and what is invented.',
      [
        'unicell robustness --data ../shared/data --out robustness',
        'unicell robustness --data ../shared/data --dataset consep --split test --out robustness',
      ],
    ),
  )
    .requiredOption(
      '--data <folder>',
      'folder with one data folder per dataset, named by its id; with --dataset, also the folder of one',
    )
    .requiredOption('--out <folder>', 'where robustness.md and robustness.json go')
    .option('--dataset <ids>', 'datasets, of those that the model and the folder have', list)
    .option('--split <name>', 'which pictures: train, val or test', 'val')
    .addOption(precisionOption())
    .option(...json)
    .action(async (options) => {
      const { robustnessCommand } = await import('./robustness.ts');
      console.log(await robustnessCommand(options, signal));
    });

  command(
    'import',
    'Bring a published dataset, or your own labels, into the layout that training and evaluate read.',
    [
      'unicell import consep CoNSeP --out data/consep --mpp 0.5',
      'unicell import ocelot ocelot2023_v1.0.1 --out data/ocelot --split 70/10/20 --seed 7',
      'unicell import own my-pictures --classes Tumour,Stroma --source-mpp 0.25 --mpp 0.5 --split 70/15/15 --out data/mine',
    ],
  )
    .argument('<dataset>', 'consep, monusac, lizard, ocelot, brca-m2c, crchisto, or own')
    .argument('<source>', 'folder of the dataset as published, unpacked; of pictures with labels')
    .requiredOption('--out <folder>', 'folder that is made; it must not exist, or be empty')
    .option('--mpp <um>', 'micrometres per pixel to resample to (default: keep)', number)
    .option('--source-mpp <um>', 'micrometres per pixel of the published pictures', number)
    .option(
      '--split <how>',
      'published, or percentages for train/val/test, dealt by patient: 70/10/20',
      'published',
    )
    .option('--seed <n>', 'draws a split that is dealt', positiveInteger, 1)
    .option('--classes <names>', "of one's own data, in the order of the head", list)
    .option(...json)
    .action(async (dataset, source, options) => {
      const { importCommand } = await import('./import.ts');
      console.log(await importCommand(dataset, source, options, signal));
    });

  command('tile', "Cut labelled pictures into the authors' tiles, for training as they do.", [
    'unicell tile data --dataset consep --split train --out tiles/consep',
  ])
    .argument('<data>', 'data folder, or the folder that holds it under its dataset id')
    .requiredOption('--dataset <id>', 'label set of the data')
    .option('--split <name>', 'which pictures; test is cut without overlap', 'train')
    .requiredOption('--out <folder>', 'folder that is made; it must not exist, or be empty')
    .option(...json)
    .action(async (data, options) => {
      const { tileCommand } = await import('./tile.ts');
      console.log(await tileCommand(data, options, signal));
    });

  command('datasets', 'List the label sets that the project knows.', ['unicell datasets --json'])
    .option(...json)
    .action(async (options) => {
      const { listDatasets } = await import('./list-datasets.ts');
      console.log(listDatasets(options));
    });

  command('models', 'List the installed models and their scores.', ['unicell models'])
    .option(...json)
    .action(async (options) => {
      const { listModels } = await import('./list-models.ts');
      console.log(await listModels(options));
    });

  addServiceCommands(program, signal);
  addMachineCommands(program, signal);
  addCompletion(program);
  return program;
}

function scoreMode(): Option {
  return new Option(
    '--mode <rules>',
    "rules of the score: official is the authors' code, paper their print, greedy what P2PNet and its followers use",
  ).choices(SCORE_MODES);
}
