/**
 * A slide that comes in a form, with its options before it.
 *
 * @module
 */
import { UniCellError } from '../../errors.ts';
import type { ApiAdapters } from '../adapters.ts';
import { mediaTypeOf } from '../http/media-type.ts';
import { MAX_TEXT } from '../http/options.ts';
import { uploadBody } from '../http/upload-body.ts';
import type { UploadedSlide } from './job-service.ts';

/** The field of a form that holds the slide. */
export const SLIDE_FIELD = 'slide';

/** What a form holds; the slide has not come yet. */
export interface JobForm {
  readonly upload: UploadedSlide;
  readonly fields: Iterable<[string, string]>;
}

/**
 * Reads the fields of a form up to its slide. The name of the file is the name of the job where no option says another.
 *
 * @throws {UniCellError} `BODY_EMPTY`, `BODY_INVALID`, `BODY_TOO_LARGE`, `BODY_TIMEOUT`, `INVALID_OPTIONS`;
 *   `MEDIA_TYPE_UNSUPPORTED` where the tier reads no forms with slides.
 */
export async function readJobForm(
  request: Request,
  api: ApiAdapters,
  contentType: string,
): Promise<JobForm> {
  if (api.form === undefined) {
    throw new UniCellError(
      'MEDIA_TYPE_UNSUPPORTED',
      'A form is not taken: send the slide itself as the body with its options in the query, or JSON with "source".',
    );
  }
  const { search } = new URL(request.url);
  if (search !== '') {
    throw new UniCellError(
      'INVALID_OPTIONS',
      `The query is ${JSON.stringify(search.slice(0, 80))}; with a form the options are its fields.`,
    );
  }
  const { fields, file } = await api.form(uploadBody(request, api), contentType);
  if (file.field !== SLIDE_FIELD) {
    file.body.cancel().catch(() => {});
    throw new UniCellError(
      'BODY_INVALID',
      `The form has a file in the field ${JSON.stringify(file.field.slice(0, 80))}; the slide belongs in "${SLIDE_FIELD}".`,
    );
  }
  const isNamed = file.name === undefined || fields.some(([name]) => name === 'name');
  return {
    upload: { body: file.body, contentType: mediaTypeOf(file.mediaType) },
    fields: isNamed ? fields : [...fields, ['name', file.name!.slice(0, MAX_TEXT)]],
  };
}
