import type { ConnectRefusal } from "../actions/sign-in/connect-refusal.ts";
import { handle } from "../views/avatar.ts";
import type { MessageAction } from "../views/message.ts";

interface Words {
  status: number;
  title: string;
  says: string;
  todo: string;
  action: MessageAction;
}

/** What a person reads when a sign-in or connect was refused: what happened, and what to do. */
export function connectRefusalWords(
  refusal: ConnectRefusal,
  context: { providerName: string; signedIn: boolean },
): Words {
  const { providerName: name, signedIn } = context;
  const who = refusal.login ? handle(refusal.login) : `that ${name} account`;
  const again: MessageAction = signedIn
    ? { href: "/accounts", text: "Back to your accounts" }
    : { href: "/", text: "Start again" };
  const stale = "Nothing was connected and nothing was stored.";
  switch (refusal.reason) {
    case "state_unknown":
      return words(
        400,
        "This link is not known",
        `${name} sent you back with a request that onbehalf did not make. ${stale}`,
        "Start again from onbehalf's own page.",
      );
    case "state_used":
      return words(
        400,
        "This was already done",
        "The page was opened a second time, perhaps by going back or reloading. Each attempt works once.",
        "Look at your accounts: if the first attempt worked, all is well. Else start again.",
      );
    case "state_expired":
      return words(
        400,
        "That took too long",
        `An attempt is good for 10 minutes, and this one is over. ${stale}`,
        "Start again.",
      );
    case "state_foreign":
      return words(
        400,
        "This was started in another browser",
        `The attempt belongs to another browser session, or to another provider. ${stale} If somebody sent you this link, don't use it.`,
        "Start again in this browser.",
      );
    case "consent_refused":
      return words(
        403,
        `You did not authorise onbehalf at ${name}`,
        `${name} says that you cancelled. ${stale}`,
        "Start again if that was not what you meant.",
      );
    case "code_expired":
      return words(
        400,
        `${name} no longer accepts this attempt`,
        `The code that ${name} gave out was used or is older than 10 minutes. ${stale}`,
        "Start again.",
      );
    case "email_unverified":
      return words(
        403,
        `${name} asks you to verify your e-mail address`,
        `${name} authorises nobody whose primary e-mail address is not verified. ${stale}`,
        `Verify it in your settings at ${name}, then start again.`,
      );
    case "signed_out":
      return words(
        403,
        "You are signed out",
        `Your session ended while you were at ${name}. The new authorisation was ended there. ${stale}`,
        "Sign in, then connect again.",
      );
    case "sign_in_closed":
      return words(
        403,
        "You may not sign in here",
        `${who} is not among the people who may sign in to this onbehalf. ${stale}`,
        refusal.reference
          ? `Ask the operator to let you in; they need this: ${refusal.reference}. Or sign in with another account.`
          : "Ask the operator to let you in, or sign in with another account.",
      );
    case "user_deactivated":
      return words(
        403,
        "Your access has ended",
        `The user that ${who} belonged to was deactivated or erased. ${stale}`,
        refusal.reference
          ? `An operator can let you in again; they need this: ${refusal.reference}.`
          : "An operator can let you in again.",
      );
    case "identity_in_use":
      return words(
        409,
        `${who} is connected to another user`,
        `A ${name} account belongs to one user of onbehalf. ${stale} The other user's connection was not touched.`,
        `Pick another account at ${name}, or sign in as the user who has it and disconnect it there first.`,
      );
    case "different_identity":
      return words(
        409,
        `You picked a different ${name} account`,
        `You came back as ${who}, and another account is connected. ${stale} The connected one was not touched.`,
        `Pick the same account at ${name}, or disconnect the connected one first.`,
      );
    case "revocation_running":
      return words(
        409,
        "The last connection is still being ended",
        `onbehalf is still ending the authorisation that you had before at ${name}. ${stale}`,
        "Try again in a minute.",
      );
    case "user_tokens_disabled":
      return words(
        403,
        "Connecting is switched off",
        "The operator of this onbehalf has switched off acting as a person.",
        "Ask the operator. What is connected can still be disconnected.",
      );
    case "issuer_mismatch":
      return words(
        400,
        `This did not come from ${name}`,
        `The answer names another provider than ${name}. ${stale} If somebody sent you this link, don't use it.`,
        "Start again from onbehalf's own page.",
      );
    case "host_not_allowed":
      return words(
        400,
        `This did not come from ${name}`,
        `The answer names a host that isn't one of ${name}'s, and nothing was sent there. ${stale} If somebody sent you this link, don't use it.`,
        "Start again from onbehalf's own page.",
      );
    case "identity_unverified":
      return words(
        502,
        `${name} did not prove who you are`,
        `What ${name} sent about you could not be verified. The operator finds the reason in the log. ${stale}`,
        "Start again, or ask the operator.",
      );
    case "domain_not_allowed":
      return words(
        403,
        `That ${name} account is not your organisation's`,
        `Here only ${name} accounts of the operator's own organisation can be used. ${stale}`,
        `Start again, and pick the account that your organisation gave you at ${name}.`,
      );
    case "provider_refused":
      return words(
        502,
        `${name} refused`,
        `${name} sent an error instead of an authorisation. The operator finds the reason in the log. ${stale}`,
        "Try again later, or ask the operator.",
      );
  }

  function words(status: number, title: string, says: string, todo: string): Words {
    return { status, title, says, todo, action: again };
  }
}
