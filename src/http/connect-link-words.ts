import type { LinkRefusal } from "../actions/connect-links/link-refusal.ts";
import { userName } from "../actions/connect-links/open-connect-link.ts";
import type { ConnectLink } from "../store/connect-links.ts";
import type { MessageAction, MessagePageProps } from "../views/message.ts";

type Words = Pick<MessagePageProps, "title" | "says" | "todo" | "action">;

const nothing = "Nothing was connected.";
const askAgain = "Go back to the page that you came from, and ask for a new link there.";

/** What a person reads when a connect link was refused: what happened, and what to do. */
export function linkRefusalWords(refusal: LinkRefusal): Words & { status: number } {
  const who = refusal.who ?? "another user";
  switch (refusal.reason) {
    case "link_unknown":
      return words(404, "This link is not known", `It may be cut off, or it was taken back. ${nothing}`, askAgain);
    case "link_expired":
      return words(410, "This link has expired", `A link is good for 10 minutes. ${nothing}`, askAgain);
    case "link_used":
      return words(410, "This link was used", "It works in one browser, once, and was used in another.", askAgain);
    case "link_other_browser":
      return words(404, "This was started in another browser", `There is nothing to go on with in this one.`, askAgain);
    case "link_other_user": {
      const todo =
        "If that is you, sign out and open the link again. If somebody else sent it to you, close this page.";
      const action = { post: "/sign-out", text: "Sign out" };
      return words(403, `This link is for ${who}`, `You are signed in as somebody else. ${nothing}`, todo, action);
    }
    case "sign_in_first": {
      const says = `This link is for ${who}, and only they can use it. ${nothing}`;
      const todo = "Sign in as that user, then open the link again. It is good for 10 minutes.";
      return words(403, "Sign in first", says, todo, { href: "/", text: "Sign in" });
    }
  }
}

function words(
  status: number,
  title: string,
  says: string,
  todo: string,
  action: MessageAction | null = null,
): Words & { status: number } {
  return { status, title, says, todo, action };
}

/** What became of a link, for the browser that used it. */
export function linkEndWords(link: ConnectLink, providerName: string): Words & Pick<MessagePageProps, "tone"> {
  const user = userName(link);
  const back = link.returnTo === null ? null : { href: link.returnTo, text: `Back to ${link.platform}` };
  if (link.outcome === "connected") {
    const says = `Your ${providerName} account is connected to ${user} of ${link.platform}.`;
    return { tone: "success", title: "Connected", says, todo: "You can close this page.", action: back };
  }
  if (link.outcome === "cancelled") {
    const says = `${nothing} What you authorised at ${providerName} is being ended there.`;
    return { tone: "info", title: "Cancelled", says, todo: "You can close this page.", action: back };
  }
  if (link.pending?.state === "confirmed" && !back) {
    const says = `Your ${providerName} account is not connected to ${user} yet.`;
    const action = { post: `/connecting/${link.id}/confirm`, text: "Finish" };
    return { tone: "info", title: "Not finished yet", says, todo: "Finish it within 10 minutes.", action };
  }
  if (link.pending?.state === "confirmed") {
    const says = `Your ${providerName} account is not connected to ${user} yet: ${link.platform} has to confirm it.`;
    const action = { post: `/connecting/${link.id}/confirm`, text: `Go back to ${link.platform}` };
    return { tone: "info", title: "Not finished yet", says, todo: `Go back to ${link.platform} to finish.`, action };
  }
  if (link.outcome === "expired" || link.pending) {
    const says = `Nobody finished this within 10 minutes. ${nothing} What you authorised at ${providerName} is ended there.`;
    return { tone: "danger", title: "That took too long", says, todo: askAgain, action: back };
  }
  const todo = "Open the link again, as long as its 10 minutes last.";
  return {
    tone: "info",
    title: "Nothing has come yet",
    says: `You have not authorised onbehalf at ${providerName}.`,
    todo,
  };
}
