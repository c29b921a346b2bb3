import { type Html, html } from "../pages/html.ts";

/** A plain page: this amoCRM has no looks. */
export function amocrmPage(title: string, body: Html): string {
  return html`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark"><title>${title} · Sandbox amoCRM</title></head>
<body style="font: 16px/1.6 system-ui, sans-serif; max-width: 560px; margin: 32px auto; padding: 0 24px">
<p><strong>Sandbox amoCRM</strong></p>
<h1>${title}</h1>
${body}
</body>
</html>`.text;
}
