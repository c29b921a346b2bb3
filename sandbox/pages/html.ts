/** Markup that is safe as it is. */
export class Html {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

type Piece = string | number | null | false | Html | Html[];

/** A template whose values are escaped, except for markup made by this same function. */
export function html(parts: TemplateStringsArray, ...values: Piece[]): Html {
  return new Html(parts.map((part, index) => part + render(values[index] ?? null)).join(""));
}

function render(value: Piece): string {
  if (value === null || value === false) return "";
  if (value instanceof Html) return value.text;
  if (Array.isArray(value)) return value.map((piece) => piece.text).join("");
  return String(value)
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");
}

const STYLE = new Html(`
  :root { color-scheme: light dark; --line: #d1d9e0; --soft: #59636e; --ok: #1a7f37; --link: #0969da; --box: #f6f8fa; --page: #fff; --text: #1f2328 }
  @media (prefers-color-scheme: dark) { :root { --line: #3d444d; --soft: #9198a1; --ok: #3fb950; --link: #4493f8; --box: #151b23; --page: #0d1117; --text: #f0f6fc } }
  body { margin: 0; font: 16px/1.5 system-ui, sans-serif; background: var(--page); color: var(--text) }
  header { padding: 12px 24px; background: var(--box); border-bottom: 1px solid var(--line) }
  header a { color: inherit; font-weight: 600; text-decoration: none }
  main { max-width: 760px; margin: 32px auto; padding: 0 24px }
  main.narrow { max-width: 420px }
  h1 { font-size: 24px } h2 { font-size: 18px; margin-top: 32px }
  a { color: var(--link) } code, pre { font-family: ui-monospace, monospace; font-size: 13px; overflow-wrap: anywhere }
  pre { background: var(--box); padding: 12px; border-radius: 6px; overflow: auto; white-space: pre-wrap }
  .box { border: 1px solid var(--line); border-radius: 8px; padding: 0; list-style: none }
  .box > * { display: flex; gap: 12px; align-items: center; padding: 12px 16px; border-top: 1px solid var(--line) }
  .box > *:first-child { border-top: 0 }
  .grow { flex: 1; min-width: 0 } .soft { color: var(--soft); font-size: 14px }
  .ok { color: var(--ok); border: 1px solid; border-radius: 999px; padding: 0 8px; font-size: 12px }
  img { border-radius: 50%; display: block }
  button, select { font: inherit; padding: 6px 16px; border-radius: 6px; border: 1px solid var(--line); background: var(--box); color: inherit; cursor: pointer }
  button.main { background: var(--ok); border-color: var(--ok); color: #fff; font-weight: 600 }
  .row { display: flex; gap: 8px; margin: 16px 0 } dt { color: var(--soft); font-size: 14px } dd { margin: 0 0 12px }
`);

/** A whole page, of the sandbox GitHub unless another brand is named. */
export function page(title: string, body: Html, options: { narrow?: boolean; brand?: string } = {}): string {
  const brand = options.brand ?? "Sandbox GitHub";
  return html`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${title} · ${brand}</title><style>${STYLE}</style></head>
<body><header><a href="/">${brand}</a></header>
<main${options.narrow ? new Html(' class="narrow"') : ""}>
<h1>${title}</h1>
${body}
</main></body>
</html>`.text;
}
