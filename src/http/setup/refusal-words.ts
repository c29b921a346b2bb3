import type { StateRefusal } from "../../actions/setup/setup-states.ts";

/** What a person reads whose redirect from GitHub is not taken. */
export const stateRefusals: Record<StateRefusal, { title: string; says: string }> = {
  unknown: {
    title: "This link is not known",
    says: "GitHub sent you here with a request that set-up did not make, or that it made before it was started anew.",
  },
  used: {
    title: "This was already done",
    says: "The page was opened a second time, perhaps by going back or reloading. Each attempt works once.",
  },
  expired: {
    title: "That took too long",
    says: "An attempt is good for 10 minutes, and this one is over.",
  },
  foreign: {
    title: "This was started in another browser",
    says: "The attempt belongs to another browser. If somebody sent you this link, don't use it.",
  },
};
