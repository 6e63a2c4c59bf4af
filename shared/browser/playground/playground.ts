/**
 * The page `/`: a picture is chosen, seen at once, and its nuclei are found.
 *
 * @module
 */
import { type DetectionAnswer, type DetectOptions, UniCellProblem } from '../../client/client.ts';
import type { ImageType } from '../../image/image-header.ts';
import { byId } from '../pages/elements.ts';
import { type Readiness, readinessOf } from '../pages/readiness.ts';
import { saveFile } from '../pages/save-file.ts';
import { Service } from '../pages/service.ts';
import { clearAnswer, showAnswer } from './answer-panel.ts';
import { kindOf, previewOf } from './chosen-picture.ts';
import { OptionsForm } from './options-form.ts';
import { PictureCanvas } from './picture-canvas.ts';
import { markSample, offerSamples, type Sample } from './samples.ts';

/** The picture that is looked at. */
interface Chosen {
  readonly file: File;
  readonly type: ImageType;
}

const NAME_MOST = 200;
const service = new Service();
const form = new OptionsForm(service, showProblem);
const canvas = new PictureCanvas(byId<HTMLCanvasElement & HTMLElement>('canvas'), byId('picture'));
let readiness: Readiness | undefined;
let chosen: Chosen | undefined;
/** What the shown answer was asked with, for its downloads. */
let asked: DetectOptions | undefined;
/** Grows with each picture and request, so that what comes late for another is dropped. */
let turn = 0;
/** Ends when another picture is chosen. */
let previewing = new AbortController();

const starting = start();
starting.catch(showProblem);
listen();
offerSamples((file, sample) => choose(file, sample).catch(showProblem), showProblem);

function listen(): void {
  addEventListener('dragover', (event) => {
    event.preventDefault();
    byId('stage').classList.add('over');
  });
  addEventListener('dragleave', (event) => {
    if (event.relatedTarget === null) byId('stage').classList.remove('over');
  });
  addEventListener('drop', (event) => {
    event.preventDefault();
    byId('stage').classList.remove('over');
    const [file] = event.dataTransfer?.files ?? [];
    if (file) choose(file).catch(showProblem);
  });
  byId('file').addEventListener('change', () => {
    const [file] = byId<HTMLInputElement>('file').files ?? [];
    if (file) choose(file).catch(showProblem);
  });
  byId('form').addEventListener('submit', (event) => {
    event.preventDefault();
    run().catch(showProblem);
  });
  byId('as-slide').addEventListener('click', () => {
    openAsSlide().catch(showProblem);
  });
  byId('geojson').addEventListener('click', () => {
    download('qupath', 'geojson').catch(showProblem);
  });
  byId('csv').addEventListener('click', () => {
    download('csv', 'csv').catch(showProblem);
  });
}

async function start(): Promise<void> {
  readiness = await readinessOf(service);
  if (readiness.needsKey) form.askForKey();
  byId('to-viewer').hidden = !readiness.runsJobs;
  byId('or-tiff').hidden = !takesAll(readiness);
  form.fill();
}

/** Shows a picture at once; one of ours is run at once, too. */
async function choose(file: File, sample?: Sample): Promise<void> {
  const mine = ++turn;
  const type = await kindOf(file);
  // What may be done depends on the service; where it says nothing, the picture is shown all the same.
  await starting.catch(() => {});
  if (mine !== turn) return;
  forget();
  if (type === undefined) throw new Error(refusal(file.name, 'is no JPEG, PNG, WebP, TIFF or BMP'));
  if (isOnlyForService(type) && readiness !== undefined && !takesAll(readiness)) {
    const kind = type === 'image/tiff' ? 'TIFF' : 'BMP';
    throw new Error(
      refusal(
        file.name,
        `is a ${kind}, which the GPU service reads, and none stands behind this edge. Export it as PNG or JPEG`,
      ),
    );
  }
  chosen = { file, type };
  form.suit(type);
  if (sample) form.preset(sample);
  markSample(sample?.name);
  if (sample) byId<HTMLInputElement>('file').value = '';
  byId('as-slide').hidden = readiness?.runsJobs !== true;
  byId('name').hidden = false;
  byId('name').textContent = file.name;
  byId('empty').hidden = true;
  if (matchMedia('(max-width: 800px)').matches) byId('stage').scrollIntoView();
  await showPreview(chosen, mine);
  const mayRun = readiness !== undefined && (!readiness.needsKey || service.key !== '');
  if (sample && mayRun && mine === turn) await run();
}

function forget(): void {
  previewing.abort();
  previewing = new AbortController();
  chosen = undefined;
  asked = undefined;
  byId('problem').textContent = '';
  byId('name').hidden = true;
  byId('picture').hidden = true;
  byId('undrawn').hidden = true;
  byId('empty').hidden = false;
  byId('as-slide').hidden = true;
  markSample(undefined);
  canvas.showPicture(undefined);
  form.clearPreset();
  clearAnswer();
  setBusy(false);
}

async function showPreview({ file, type }: Chosen, mine: number): Promise<void> {
  byId('status').textContent = 'Reading the picture …';
  try {
    const preview = await previewOf(file, type, previewing.signal);
    if (mine !== turn) return preview.bitmap.close();
    byId('status').textContent = '';
    const { width, height } = preview.full;
    byId('name').textContent = `${file.name}, ${width} × ${height} px`;
    byId('picture').hidden = false;
    canvas.showPicture(preview);
  } catch (error) {
    if (mine !== turn) return;
    byId('status').textContent = '';
    byId('undrawn').hidden = false;
    byId('undrawn-why').textContent = error instanceof Error ? error.message : String(error);
  }
}

async function run(): Promise<void> {
  if (chosen === undefined) {
    byId('file').focus();
    throw new Error('Choose a picture first, or one of ours.');
  }
  const mine = ++turn;
  const { file } = chosen;
  const options = { ...form.options, name: file.name.slice(0, NAME_MOST) };
  byId('problem').textContent = '';
  clearAnswer();
  canvas.clearNuclei();
  byId('status').textContent = 'Looking for nuclei …';
  if (matchMedia('(max-width: 800px)').matches) byId('stage').scrollIntoView();
  setBusy(true);
  try {
    const started = performance.now();
    const response = await service.unicell.detectAs('json', file, {
      ...options,
      layout: 'columns',
    });
    const answer = (await response.json()) as DetectionAnswer;
    if (mine !== turn) return;
    const seconds = (performance.now() - started) / 1000;
    const serverTiming = response.headers.get('server-timing');
    const [dataset] = answer.datasets as [DetectionAnswer['datasets'][number]];
    asked = { ...options, dataset: dataset.id };
    showAnswer({ answer, serverTiming, seconds }, (name, isShown) => canvas.toggle(name, isShown));
    canvas.showNuclei(columnsOf(answer), dataset.classes, answer.image.mpp);
  } catch (error) {
    if (mine === turn) throw error;
  } finally {
    if (mine === turn) setBusy(false);
  }
}

/** The nuclei of an answer with `layout=columns`. */
function columnsOf({ results: [result] }: DetectionAnswer) {
  const {
    x,
    y,
    class: classes,
    score,
  } = result!.nuclei as Record<'x' | 'y' | 'class' | 'score', number[]>;
  return {
    length: x.length,
    x: Float32Array.from(x),
    y: Float32Array.from(y),
    class: Uint8Array.from(classes),
    score: Float32Array.from(score),
  };
}

/** Makes a job of the picture, which the viewer shows. */
async function openAsSlide(): Promise<void> {
  if (chosen === undefined) return;
  const button = byId<HTMLButtonElement>('as-slide');
  button.disabled = true;
  try {
    const { threshold, ...options } = form.options;
    const job = await service.unicell.createJobOf(chosen.file, {
      ...options,
      ...(threshold !== undefined && { threshold }),
      dataset: asked?.dataset ?? options.dataset,
      exports: ['json', 'csv', 'qupath'],
      name: chosen.file.name.slice(0, NAME_MOST),
    });
    location.assign(`/viewer?job=${encodeURIComponent(job.id)}`);
  } finally {
    button.disabled = false;
  }
}

async function download(format: string, extension: string): Promise<void> {
  if (chosen === undefined || asked === undefined) return;
  const { file } = chosen;
  const { dataset } = asked;
  const response = await service.unicell.detectAs(format, file, asked);
  const stem = file.name.replace(/(?<=.)\.[^.]*$/, '');
  saveFile(await response.blob(), `${stem}.${dataset}.${extension}`);
}

/** The edge alone reads no TIFF and no BMP. */
function takesAll({ tier, runsJobs }: Readiness): boolean {
  return tier !== 'edge' || runsJobs;
}

function isOnlyForService(type: ImageType): boolean {
  return type === 'image/tiff' || type === 'image/bmp';
}

function refusal(name: string, why: string): string {
  return `“${name.slice(0, NAME_MOST)}” ${why}. Choose another picture.`;
}

function setBusy(isBusy: boolean): void {
  byId('busy').hidden = !isBusy;
  byId('form').querySelector<HTMLButtonElement>('[type=submit]')!.disabled = isBusy;
}

function showProblem(error: unknown): void {
  byId('status').textContent = '';
  const code = error instanceof UniCellProblem ? ` (${error.code})` : '';
  byId('problem').textContent = `${error instanceof Error ? error.message : error}${code}`;
  byId('problem').scrollIntoView({ block: 'nearest' });
  if (!(error instanceof UniCellProblem)) return;
  if (error.code === 'MPP_UNKNOWN') form.requireMpp();
  if (error.status === 401) form.askForKey();
}
