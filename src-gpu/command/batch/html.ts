/** Markup that is put into markup as it is. */
class Raw {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** Takes text as markup: what the page makes itself, never what came from outside. */
export function raw(text: string): Raw {
  return new Raw(text);
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** A template whose values are text, whatever they hold. */
export function html(
  parts: TemplateStringsArray,
  ...values: readonly (string | number | Raw)[]
): string {
  return String.raw(
    { raw: parts },
    ...values.map((value) =>
      value instanceof Raw ? value.text : String(value).replaceAll(/[&<>"']/g, (c) => ENTITIES[c]!),
    ),
  );
}
