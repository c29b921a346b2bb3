import { type Html, html } from "./html.ts";
import { type IconName, icon } from "./icon.ts";
import { webAddress } from "./web-address.ts";

export type Notice = {
  kind: "info" | "success" | "warning" | "danger";
  text: string;
  /** Where the person does what the text asks for: the end of its last sentence. */
  link?: { href: string; text: string };
};

const icons: Record<Notice["kind"], IconName> = {
  info: "info",
  success: "check-circle",
  warning: "alert",
  danger: "x-circle",
};

/** What just happened, at the top of a page. */
export function noticeBanner(notice: Notice | null | undefined): Html | null {
  if (!notice) return null;
  const role = notice.kind === "info" || notice.kind === "success" ? "status" : "alert";
  return html`<div class="flash flash-${notice.kind}" role="${role}">${icon(icons[notice.kind])}<p>${notice.text}${notice.link && linked(notice.link)}</p></div>`;
}

function linked({ href, text }: { href: string; text: string }): Html | null {
  const address = webAddress(href);
  return address ? html` <a class="Link" href="${address}">${text}</a>` : null;
}
