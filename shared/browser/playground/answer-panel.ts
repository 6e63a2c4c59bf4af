/**
 * What was found in a picture, in words and numbers.
 *
 * @module
 */
import type { DetectionAnswer } from '../../client/client.ts';
import { countText, roundedText, secondsText } from '../../viewer/amounts.ts';
import { byId, make } from '../pages/elements.ts';
import { type Steps, stepsOf } from './steps.ts';

/** An answer, and how it came. */
export interface Answered {
  readonly answer: DetectionAnswer;
  /** `Server-Timing` of the answer. */
  readonly serverTiming: string | null;
  /** From the request until the answer was there. */
  readonly seconds: number;
}

/** @param onToggle Hears which class is to be shown, or hidden. */
export function showAnswer(
  { answer, serverTiming, seconds }: Answered,
  onToggle: (name: string, isShown: boolean) => void,
): void {
  const [dataset] = answer.datasets as [DetectionAnswer['datasets'][number]];
  const { count, perMm2 } = dataset.total;
  byId('status').textContent = `${countText(count)} ${count === 1 ? 'nucleus' : 'nuclei'}`;
  byId('dataset-name').textContent = dataset.name;
  byId('reason').textContent = dataset.reason;
  byId('facts').textContent = factsOf(answer);
  byId('warning-section').hidden = answer.warnings.length === 0;
  byId('warnings').replaceChildren(...answer.warnings.map(({ detail }) => make('li', {}, detail)));
  byId('classes').replaceChildren(...dataset.classes.map((one) => classRow(one, onToggle)));
  byId('densities').textContent = `All: ${roundedText(perMm2)} per mm² of tissue.`;
  showSteps(stepsOf(serverTiming, seconds), seconds);
  byId('none').hidden = true;
  byId('answer').hidden = false;
}

/** Takes the last answer away. */
export function clearAnswer(): void {
  byId('status').textContent = '';
  byId('answer').hidden = true;
  byId('none').hidden = false;
}

function factsOf({ tier, model, image, windows }: DetectionAnswer): string {
  const who = tier === 'edge' ? 'the edge' : 'the GPU service';
  const whence = image.mppSource === 'request' ? 'as you said' : 'as the file says';
  const parts = `${windows} ${windows === 1 ? 'window' : 'windows'}`;
  return `Answered by ${who} with ${model.id} ${model.version} (${model.precision}), at ${roundedText(image.mpp)} µm per pixel, ${whence}, in ${parts}.`;
}

function classRow(
  { name, label, colour, count, perMm2 }: DetectionAnswer['datasets'][number]['classes'][number],
  onToggle: (name: string, isShown: boolean) => void,
): HTMLElement {
  const box = make('input', { type: 'checkbox' });
  box.checked = true;
  box.addEventListener('change', () => onToggle(name, box.checked));
  const swatch = make('span', { class: 'swatch', 'aria-hidden': 'true' });
  swatch.style.background = colour;
  const number = make(
    'span',
    { class: 'count', title: `${roundedText(perMm2)} per mm²` },
    countText(count),
  );
  return make('label', { class: 'class-row' }, box, swatch, make('span', {}, label), number);
}

function showSteps({ steps, isMeasured }: Steps, totalS: number): void {
  const row = (label: string, seconds: number) =>
    make('tr', {}, make('th', { scope: 'row' }, label), make('td', {}, secondsText(seconds)));
  const table = byId<HTMLTableElement & HTMLElement>('steps');
  table.tBodies[0]!.replaceChildren(...steps.map(({ label, seconds }) => row(label, seconds)));
  table.tFoot!.replaceChildren(row('in all', totalS));
  byId('steps-note').hidden = isMeasured;
}
