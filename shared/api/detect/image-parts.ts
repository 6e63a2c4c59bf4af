import type { DicomwebFrame } from '../sources/dicomweb-schemas.ts';

/** Where the image of a request is, and the options that stand beside it. */
export interface ImageParts {
  readonly image:
    | {
        readonly bytes: Uint8Array<ArrayBuffer>;
        /** The media type that the request states for it; empty for none. */
        readonly declared: string;
      }
    | { readonly url: string }
    | { readonly dicomweb: DicomwebFrame };
  readonly options: Record<string, unknown>;
}
