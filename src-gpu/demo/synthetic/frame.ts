/**
 * The piece of tissue that is drawn, in micrometres: `[0, width) x [0, height)` is seen. Nuclei that
 * lie up to `margin` outside are placed too, so that the border cuts some as a real border does.
 *
 * @module
 */
export interface Frame {
  readonly width: number;
  readonly height: number;
  readonly margin: number;
}

/** True when a disc touches the frame with its margin. */
export function touchesFrame(frame: Frame, x: number, y: number, radius: number): boolean {
  const reach = frame.margin + radius;
  return x > -reach && y > -reach && x < frame.width + reach && y < frame.height + reach;
}

/** Area with the margin, square millimetres. */
export function frameArea(frame: Frame): number {
  return (frame.width + 2 * frame.margin) * (frame.height + 2 * frame.margin) * 1e-6;
}
