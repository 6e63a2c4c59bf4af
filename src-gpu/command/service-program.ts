/**
 * The commands around the GPU service: `serve`, and `jobs` as its client.
 *
 * @module
 */
import { type Command, Option } from 'commander';
import { JOB_STATUSES, type Job } from '../../shared/api/jobs/job-schemas.ts';
import { PROVIDER_CHOICES } from '../engine/provider/provider-choice.ts';
import type { JobsClient } from './jobs/client.ts';
import { list, number, positiveInteger } from './option-values.ts';
import {
  datasetOption,
  exampleText,
  filled,
  withResultOptions,
  withSlideOptions,
} from './slide-program.ts';

/** Adds them to the program. */
export function addServiceCommands(program: Command, signal: AbortSignal): void {
  program
    .command('serve')
    .description('Serve the HTTP interface and run slide jobs (settings: docs/gpu.md).')
    .option('--host <address>', 'address to listen on (HOST)')
    .option('--port <n>', 'port to listen on (PORT)', number)
    .option('--model <id>', 'id of an installed model, or the folder of one (MODEL)')
    .addOption(
      new Option('--ep <provider>', 'what the model runs on (EXECUTION_PROVIDER)').choices(
        PROVIDER_CHOICES,
      ),
    )
    .addOption(
      new Option('--role <role>', 'what this process does (ROLE)').choices([
        'all',
        'api',
        'worker',
      ]),
    )
    .option('--local', 'without keys, for this machine only (UNICELL_ENV=local)')
    .addHelpText('after', exampleText(['unicell serve --local', 'API_KEYS=... unicell serve']))
    .action(async (options) => {
      const { serveCommand } = await import('./serve.ts');
      await serveCommand(options, signal);
    });
  program
    .command('mcp')
    .description('Tools for programs that speak the Model Context Protocol (docs/mcp.md).')
    .requiredOption('--allow <folders>', 'folders whose pictures and slides may be read', list)
    .option(
      '--url <url>',
      'a service elsewhere, with the key in UNICELL_KEY; else one of this process',
    )
    .option('--model <id>', 'id of an installed model, or the folder of one', 'compact')
    .addHelpText('after', exampleText(['unicell mcp --allow /data/slides']))
    .action(async (options) => {
      const { mcpCommand } = await import('./mcp.ts');
      await mcpCommand(options, signal);
    });
  addJobs(program, signal);
}

function addJobs(program: Command, signal: AbortSignal): void {
  const jobs = program
    .command('jobs')
    .description('Submit slides to a service, watch them, and fetch the results.')
    .addHelpText(
      'after',
      exampleText([
        'unicell jobs submit slide.svs --dataset consep --format qupath,csv --watch',
        'unicell jobs list --status running',
        'unicell jobs download 01990f6e-... --out results',
        'unicell jobs store 01990f6e-... --dicomweb https://pacs.example.org/dicom-web',
      ]),
    );
  const command = (text: string, description: string) =>
    withOutput(jobs.command(text).description(description));

  command('list', 'List jobs, newest first.')
    .addOption(new Option('--status <status>', 'only these').choices(JOB_STATUSES))
    .option('--limit <n>', 'at most so many', positiveInteger, 20)
    .action(async ({ status, limit, json, url }) => {
      const found = await (await connect(url, signal)).list(status, limit);
      const { jobTable } = await import('./jobs/show.ts');
      console.log(json ? JSON.stringify(found, null, 2) : jobTable(found));
    });
  command('show <id>', 'Show a job.').action(async (id, { json, url }) => {
    await print(await (await connect(url, signal)).get(id), json);
  });
  command('watch <id>', 'Show the progress of a job until it has ended.').action(
    async (id, { json, url }) => {
      const { watchJob } = await import('./jobs/watch.ts');
      await print(await watchJob(await connect(url, signal), id), json);
    },
  );
  command('cancel <id>', 'Stop a job; what was found stays.').action(async (id, { json, url }) => {
    await print(await (await connect(url, signal)).cancel(id), json);
  });
  command(
    'resume <id>',
    'Go on with a job that failed or was cancelled, or run it again with other options on the slide that it has.',
  )
    .addOption(datasetOption())
    .option('--organ <name>', 'organ or tissue of the slide, the hint for --dataset auto')
    .option('--mpp <um>', 'micrometres per pixel, when the file does not say or is wrong', number)
    .action(async (id, { json, url, ...changes }) => {
      const authorization = process.env.DICOMWEB_AUTHORIZATION || undefined;
      await print(await (await connect(url, signal)).resume(id, authorization, changes), json);
    });
  addSubmit(
    command(
      'submit <slide>',
      'Send a slide, or name one by https URL, or a series in a PACS by its URL.',
    ),
    signal,
  );
  command('store <id>', 'Store annotations and report of a DICOM slide in a PACS.')
    .requiredOption('--dicomweb <root>', 'root of its DICOMweb service')
    .addHelpText(
      'after',
      '\nThe service uses the credentials that it holds for the root, or those of DICOMWEB_AUTHORIZATION\n("Bearer ...", "Basic ...") in the environment of this command. Ends with 1 when something was not stored.',
    )
    .action(async (id, { dicomweb, json, url }) => {
      const authorization = process.env.DICOMWEB_AUTHORIZATION || undefined;
      const report = await (await connect(url, signal)).store(id, dicomweb, authorization);
      const { storeText } = await import('./jobs/show.ts');
      console.log(json ? JSON.stringify(report, null, 2) : storeText(report));
      if (!report.complete) process.exitCode = 1;
    });
  command('download <id> [files...]', 'Fetch the result files of a job.')
    .option('--out <folder>', 'where they go', 'out')
    .option('--force', 'overwrite other files of the same names')
    .action(async (id, names, { out, force, json, url }) => {
      const { downloadExports } = await import('./jobs/download.ts');
      const client = await connect(url, signal);
      const paths = await downloadExports(client, await client.get(id), names, out, force);
      console.log(json ? JSON.stringify({ files: paths }) : paths.join('\n'));
    });
}

function addSubmit(command: Command, signal: AbortSignal): void {
  withResultOptions(withSlideOptions(command))
    .option('--name <text>', 'what the slide is called in the results')
    .option('--priority <n>', '9 before 0; 5 when left out', number)
    .option('--watch', 'stay and show the progress')
    .action(async (slide, { json, url, watch, ...options }) => {
      const client = await connect(url, signal);
      const { submitSlide } = await import('./jobs/submit.ts');
      const job = await submitSlide(client, slide, filled(options));
      const { watchJob } = await import('./jobs/watch.ts');
      await print(watch ? await watchJob(client, job.id) : job, json);
    });
}

async function connect(url: string, signal: AbortSignal): Promise<JobsClient> {
  const { JobsClient } = await import('./jobs/client.ts');
  return new JobsClient({ url, key: process.env.UNICELL_KEY, signal });
}

async function print(job: Job, isJson: boolean | undefined): Promise<void> {
  const { jobText } = await import('./jobs/show.ts');
  console.log(isJson ? JSON.stringify(job, null, 2) : jobText(job));
  // Scripts go on only with a job that did not fail.
  if (job.status === 'failed') process.exitCode = 1;
}

function withOutput(command: Command): Command {
  return command
    .addOption(
      new Option('--url <url>', 'of the service; its key comes from UNICELL_KEY')
        .env('UNICELL_URL')
        .default('http://127.0.0.1:8080'),
    )
    .option('--json', 'print JSON for machines, errors too');
}
