import { okabeIto } from '../../../../shared/datasets/palette.ts';

/** Without the yellow and the sky blue, which are too light for a line on white. */
const COLOURS = [
  okabeIto.blue,
  okabeIto.vermillion,
  okabeIto.bluishGreen,
  okabeIto.reddishPurple,
  okabeIto.orange,
  okabeIto.black,
];
const DASHES = ['none', '7 3', '2 3', '9 3 2 3'];

/** How the lines of a figure are told apart: by colour and by dash, so that either is enough. */
export function seriesStyle(index: number): { readonly colour: string; readonly dash: string } {
  return { colour: COLOURS[index % COLOURS.length]!, dash: DASHES[index % DASHES.length]! };
}
