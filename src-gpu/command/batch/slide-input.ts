/** A slide and what is known of it alone. */
export interface SlideInput {
  /** Path of a file or of a folder that is one slide, or the URL of a series in a PACS. */
  readonly location: string;
  /** Micrometres per pixel; counts before the option. */
  readonly mpp?: number | undefined;
  /** Counts before the option. */
  readonly dataset?: readonly string[] | undefined;
}
