/** A server-sent event. */
export interface ServerEvent {
  readonly id: string;
  readonly type: string;
  readonly data: string;
}

/**
 * Server-sent events from text that comes in pieces (HTML standard, section 9.2.6), for pages that must send
 * a header along: `EventSource` cannot.
 */
export class EventLines {
  #rest = '';
  #event = { id: '', type: 'message', data: [] as string[] };

  /** @returns The events that the text completes. */
  take(text: string): ServerEvent[] {
    const lines = `${this.#rest}${text}`.split(/\r\n|\n|\r(?!$)/);
    this.#rest = lines.pop()!;
    return lines.flatMap((line) => this.#line(line));
  }

  #line(line: string): ServerEvent[] {
    if (line === '') {
      const { id, type, data } = this.#event;
      this.#event = { id, type: 'message', data: [] };
      return data.length > 0 ? [{ id, type, data: data.join('\n') }] : [];
    }
    const [, field, value = ''] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? [];
    if (field === 'id') this.#event.id = value;
    else if (field === 'event') this.#event.type = value;
    else if (field === 'data') this.#event.data.push(value);
    return [];
  }
}
