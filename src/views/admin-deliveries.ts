import { adminLayout, pager } from "./admin-layout.ts";
import { type Html, html } from "./html.ts";
import { icon } from "./icon.ts";
import type { Viewer } from "./layout.ts";
import type { Notice } from "./notice.ts";
import { time } from "./time.ts";

/** What came in and is not handled, or what is to be told and is not sent. */
export type AdminDelivery = {
  id: string;
  /** What happened, as its sender calls it. */
  event: string;
  /** Where it comes from, or whom it is about. */
  about: string;
  /** The sender's own id, by which both sides find it in their logs. */
  reference: string;
  attempts: number;
  lastError: string | null;
  at: Date;
  /** Null: it is not tried again by itself. */
  nextAttemptAt: Date | null;
};

export const deliveryLists = ["in-failed", "in-waiting", "out-failed", "out-waiting"] as const;
export type DeliveryList = (typeof deliveryLists)[number];

export type AdminDeliveriesPageProps = {
  viewer: Viewer;
  list: DeliveryList;
  counts: Readonly<Record<DeliveryList, number>>;
  deliveries: readonly AdminDelivery[];
  first: string | null;
  next: string | null;
  notice?: Notice | null;
};

const words: Record<DeliveryList, { tab: string; empty: string; hint: string }> = {
  "in-failed": {
    tab: "In, failed",
    empty: "Nothing has failed",
    hint: "Webhooks that could not be handled for an hour are parked here for seven days.",
  },
  "in-waiting": {
    tab: "In, waiting",
    empty: "Nothing waits",
    hint: "Webhooks are handled within seconds. What fails is tried again, and waits here meanwhile.",
  },
  "out-failed": {
    tab: "Out, failed",
    empty: "Nothing has failed",
    hint: "Events that the platform did not take are parked here for seven days.",
  },
  "out-waiting": {
    tab: "Out, waiting",
    empty: "Nothing waits",
    hint: "What the platform is to be told waits here until it takes it.",
  },
};

function retryPath(list: DeliveryList): string {
  return list.startsWith("in-") ? "/admin/deliveries" : "/admin/deliveries/events";
}

function row(list: DeliveryList, delivery: AdminDelivery, index: number): Html {
  const { id, event, about, reference, attempts, lastError, at, nextAttemptAt } = delivery;
  const title = `delivery-${index}`;
  const tries = attempts === 1 ? "Tried once" : `Tried ${attempts} times`;
  return html`
      <li class="Box-row delegation">
        <div class="account-text revocation-text">
          <h2 class="account-title" id="${title}"><span>${event} · ${about}</span> <span class="Label ${list.endsWith("failed") ? "Label-failed" : "Label-pending"}">${list.endsWith("failed") ? "Failed" : "Waiting"}</span></h2>
          <ul class="facts" role="list"><li>${time(at)}</li><li>${attempts === 0 ? "Not tried yet" : tries}</li>${nextAttemptAt && html`<li>Next try ${time(nextAttemptAt)}</li>`}<li><code>${reference}</code></li></ul>
          ${lastError && html`<p class="event-reason">Reason: <code>${lastError}</code></p>`}
        </div>
        ${
          list !== "in-waiting" &&
          html`<form method="post" action="${retryPath(list)}/${encodeURIComponent(id)}/retry"><button class="btn" type="submit" aria-describedby="${title}">Try again</button></form>`
        }
      </li>`;
}

/** Webhooks that are not handled, and events that are not sent, with why and the way to try again. */
export function adminDeliveriesPage(props: AdminDeliveriesPageProps): Html {
  const { viewer, list, counts, deliveries, first, next, notice } = props;
  const tabs = deliveryLists.map(
    (each) =>
      html`<li><a class="SubNav-item" href="/admin/deliveries?list=${each}"${each === list && html` aria-current="true"`}>${words[each].tab} <span class="Chart-count">${counts[each]}</span></a></li>`,
  );
  const { empty, hint } = words[list];
  return adminLayout({
    viewer,
    notice: notice ?? null,
    current: "deliveries",
    title: "Deliveries",
    says: "Webhooks that came in and are not handled, and events that the platform is to be told.",
    body: html`
    <nav class="SubNav" aria-label="Lists"><ul role="list">${tabs}</ul></nav>
    ${
      deliveries.length > 0
        ? html`<ul class="Box" role="list">${deliveries.map((delivery, index) => row(list, delivery, index))}
    </ul>`
        : html`<div class="Box blankslate">${icon("check-circle", 24)}<h2>${empty}</h2><p>${hint}</p></div>`
    }
    ${pager({ first, next })}
    ${
      deliveries.length > 0 &&
      list.endsWith("failed") &&
      html`<form class="after-form" method="post" action="${retryPath(list)}/retry-all"><button class="btn" type="submit">Try all of them again</button></form>`
    }`,
  });
}
