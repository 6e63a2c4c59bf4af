/**
 * All slides on one page, which is one file and needs no network: a thumbnail with its heat map, counts and warnings for each.
 *
 * @module
 */
import type { FinishedDetection } from '../detection-report.ts';
import { heatName, THUMBNAIL } from '../slide-pictures.ts';
import type { BatchSlide } from './batch-slide.ts';
import { html, raw } from './html.ts';
import { REPORT_STYLE } from './report-style.ts';

type Result = FinishedDetection['results'][number];

/**
 * The parts of the page, one slide after the other.
 *
 * @param madeAt When it is made, for people.
 */
export function* reportPage(slides: readonly BatchSlide[], madeAt: string): Generator<string> {
  const failed = slides.filter(({ error }) => error !== undefined);
  const done = slides.length - failed.length;
  const model = slides.find(({ finished }) => finished)?.finished?.model;
  const by = model ? `Model ${model.id} ${model.version} on ${model.provider}. ` : '';
  yield html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>UniCell: ${done} of ${slides.length} slides</title>
<style>${raw(REPORT_STYLE)}</style>
</head>
<body>
<header>
<h1>Nuclei of ${slides.length} slides</h1>
<p>${done} done${failed.length > 0 ? `, ${failed.length} failed` : ''}. ${by}Made on ${madeAt}. <strong>Research use only.</strong></p>
</header>
<main>
`;
  if (failed.length > 0) yield failures(failed);
  yield* overview(slides);
  if (done > 0) {
    yield html`<label class="switch"><input type="checkbox" id="heat" checked> Heat maps: colour by class, stronger where nuclei are denser</label>
`;
  }
  for (const [i, slide] of slides.entries()) if (slide.finished) yield* card(slide, i);
  yield '</main>\n</body>\n</html>\n';
}

function failures(failed: readonly BatchSlide[]): string {
  const items = failed.map(
    ({ location, error }) =>
      html`<li><b>${location}</b><br>${error!.message} <code>${error!.code}</code></li>\n`,
  );
  return html`<section class="failed"><h2>Failed</h2><ul>
${raw(items.join(''))}</ul></section>
`;
}

function* overview(slides: readonly BatchSlide[]): Generator<string> {
  yield '<div class="scroll"><table class="all"><thead><tr><th>Slide</th><th>Dataset</th><th class="n">Nuclei</th><th class="n">per mm²</th><th class="n">mm²</th><th class="n">µm/px</th><th class="n">Warnings</th></tr></thead><tbody>\n';
  for (const [i, { stem, finished }] of slides.entries()) {
    if (!finished) yield html`<tr class="bad"><td>${stem}</td><td colspan="6">failed</td></tr>\n`;
    for (const { dataset, summary } of finished?.results ?? []) {
      const { areaMm2, mpp, warnings, errors } = finished!;
      const said = warnings.length + errors.length;
      yield html`<tr><td><a href="#s${i}">${stem}</a></td><td>${dataset.id}</td><td class="n">${count(summary.total.count)}</td><td class="n">${density(summary.total.perMm2)}</td><td class="n">${areaMm2.toPrecision(3)}</td><td class="n">${Number(mpp.value.toPrecision(4))}</td><td class="n">${said || ''}</td></tr>\n`;
    }
  }
  yield '</tbody></table></div>\n';
}

function* card(
  { location, stem, finished, pictures }: BatchSlide,
  index: number,
): Generator<string> {
  const { image, mpp, areaMm2, imageAreaMm2, results, warnings, errors } = finished!;
  const thumbnail = dataUrl('image/jpeg', pictures?.get(THUMBNAIL));
  const of = areaMm2 === imageAreaMm2 ? '' : ` of ${imageAreaMm2.toPrecision(3)}`;
  yield html`<article id="s${index}" style="--thumb:${raw(thumbnail ? `url(${thumbnail})` : 'none')};--w:${image.width};--h:${image.height}">
<h2>${stem}</h2>
<p class="facts">${location} · ${count(image.width)} × ${count(image.height)} px · ${Number(mpp.value.toPrecision(4))} µm per pixel (${mpp.source}) · ${areaMm2.toPrecision(3)}${of} mm²</p>
`;
  const said = [
    ...warnings.map(({ detail }) => detail),
    ...errors.map(({ detail, region }) =>
      region
        ? `No result for x ${region.x}, y ${region.y}, ${region.width} × ${region.height} px: ${detail}`
        : detail,
    ),
  ];
  if (said.length > 0) {
    const items = said.map((text) => html`<li>${text}</li>`);
    yield html`<ul class="warnings">${raw(items.join(''))}</ul>\n`;
  }
  yield '<div class="readings">\n';
  for (const result of results) {
    yield reading(result, stem, dataUrl('image/webp', pictures?.get(heatName(result.dataset.id))));
  }
  yield '</div>\n';
  if (results.length > 1) {
    yield '<p class="facts">Each dataset reads the same cells: their counts are not to be added up.</p>\n';
  }
  yield '</article>\n';
}

function reading(
  { dataset, summary, reason }: Result,
  stem: string,
  heat: string | undefined,
): string {
  const figure =
    heat === undefined
      ? ''
      : html`<div class="figure" role="img" aria-label="${stem} with the density of nuclei under ${dataset.name}"><img class="heat" alt="" src="${raw(heat)}" decoding="async"></div>`;
  const colours = new Map(dataset.classes.map(({ name, colour }) => [name, colour]));
  const rows = summary.classes.map(({ name, ...one }) => {
    const colour = colours.get(name)!;
    return html`<tr><td><i style="background:${colour}"></i>${name}</td><td class="n">${count(one.count)}</td><td class="n">${density(one.perMm2)}</td></tr>`;
  });
  return html`<section>
${raw(figure)}
<table><caption>${dataset.name}</caption><thead><tr><th>Class</th><th class="n">Nuclei</th><th class="n">per mm²</th></tr></thead>
<tbody>${raw(rows.join(''))}</tbody>
<tfoot><tr><td>${summary.hasAllClasses ? 'all' : 'together'}</td><td class="n">${count(summary.total.count)}</td><td class="n">${density(summary.total.perMm2)}</td></tr></tfoot></table>
<p class="facts">${reason}${summary.hasAllClasses ? '' : ' Only the classes asked for are counted.'}</p>
</section>
`;
}

function count(value: number): string {
  return value.toLocaleString('en');
}

function density(value: number | null): string {
  if (value === null) return '–';
  return value < 10 ? value.toFixed(1) : count(Math.round(value));
}

function dataUrl(type: string, bytes: Uint8Array | undefined): string | undefined {
  return bytes && `data:${type};base64,${Buffer.from(bytes).toString('base64')}`;
}
