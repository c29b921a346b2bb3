/** What a template may hold. Booleans other than `false` are left out, so that a forgotten comparison is a type error. */
export type Fragment = string | number | Html | false | null | undefined | readonly Fragment[];

const entities: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

/** Markup that is safe to send. The private field makes it unforgeable: no plain object or string passes for it. */
export class Html {
  readonly #markup: string;

  private constructor(markup: string) {
    this.#markup = markup;
  }

  /**
   * Markup that nobody outside this repository can influence, such as an icon's drawing.
   * It is the only way around escaping: never hand it anything that was read or received.
   */
  static trusted(markup: string): Html {
    return new Html(markup);
  }

  /** The text that goes to the browser. */
  toString(): string {
    return this.#markup;
  }
}

/** Escapes text for element content and for quoted attributes alike. */
function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? "");
}

function rendered(value: Fragment): string {
  if (value === null || value === undefined || value === false) return "";
  if (value instanceof Html) return value.toString();
  if (typeof value === "string" || typeof value === "number") return escaped(String(value));
  return value.map(rendered).join("");
}

/** Builds markup: what is interpolated is escaped, unless it is markup itself. Attributes must be quoted. */
export function html(strings: TemplateStringsArray, ...values: readonly Fragment[]): Html {
  return Html.trusted(strings.reduce((markup, text, index) => markup + rendered(values[index - 1]) + text));
}
