/**
 * Display colours that people with any colour vision can tell apart: Okabe and Ito, "Color Universal
 * Design" (2008), https://jfly.uni-koeln.de/color/. Cell kinds keep their colour across datasets.
 *
 * @module
 */
export const okabeIto = {
  vermillion: '#d55e00',
  blue: '#0072b2',
  yellow: '#f0e442',
  skyBlue: '#56b4e9',
  reddishPurple: '#cc79a7',
  orange: '#e69f00',
  bluishGreen: '#009e73',
  black: '#000000',
} as const;

const inOrderOfContrast = Object.values(okabeIto);

/**
 * A colour for a class that brings none. The eight colours repeat: a dataset of more classes should
 * state its own in the model card.
 *
 * @param index Class index in head order.
 */
export function defaultColour(index: number): string {
  return inOrderOfContrast[index % inOrderOfContrast.length]!;
}
