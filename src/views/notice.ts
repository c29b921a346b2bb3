import { type Html, html } from "./html.ts";
import { type IconName, icon } from "./icon.ts";

export type Notice = { kind: "info" | "success" | "warning" | "danger"; text: string };

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
  return html`<div class="flash flash-${notice.kind}" role="${role}">${icon(icons[notice.kind])}<p>${notice.text}</p></div>`;
}
