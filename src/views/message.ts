import { type Html, html } from "./html.ts";
import { type IconName, icon } from "./icon.ts";
import { layout, type Viewer } from "./layout.ts";
import { webAddress } from "./web-address.ts";

export type MessageAction =
  | { href: string; text: string }
  /** A form with a button, and what it sends along. */
  | { post: string; text: string; fields?: Readonly<Record<string, string>> };

export type MessagePageProps = {
  title: string;
  tone: "info" | "success" | "danger";
  /** What happened. */
  says: string;
  /** What to do now. */
  todo: string;
  action?: MessageAction | null;
  /** The stable code of a problem, for whoever is asked for help. */
  code?: string | null;
  viewer?: Viewer | null;
};

const icons: Record<MessagePageProps["tone"], IconName> = { info: "info", success: "check-circle", danger: "alert" };

function button(action: MessageAction): Html | null {
  const address = webAddress("href" in action ? action.href : action.post);
  if (!address) return null;
  if ("href" in action) return html`<a class="btn btn-primary" href="${address}">${action.text}</a>`;
  const fields = Object.entries(action.fields ?? {}).map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`,
  );
  return html`<form method="post" action="${address}">${fields}<button class="btn btn-primary" type="submit">${action.text}</button></form>`;
}

/** A page that says one thing: what happened and what to do. Every refusal ends here. */
export function messagePage({ title, tone, says, todo, action, code, viewer }: MessagePageProps): Html {
  return layout({
    title,
    viewer,
    body: html`
    <div class="Page-narrow">
      <div class="Box message message-${tone}">
        <div class="message-icon">${icon(icons[tone], 24)}</div>
        <h1 class="Page-title">${title}</h1>
        <p>${says}</p>
        <p class="message-todo">${todo}</p>
        ${action && button(action)}
        ${code && html`<p class="note">Code: <code>${code}</code></p>`}
      </div>
    </div>`,
  });
}
