import type { EventSubject, ProviderEvent } from "../../providers/hook.ts";
import type { Provider } from "../../providers/provider.ts";
import type { Account } from "../../store/accounts/account.ts";
import { readAccountOfIdentity, readAccountsOfIdentities } from "../../store/accounts/read-account.ts";
import { readAccountsByRefreshTokenName } from "../../store/accounts/refresh-token-names.ts";
import { writeAudit } from "../../store/audit.ts";
import { writeDeliveryAudit } from "../../store/audit-delivery.ts";
import { findIdentity } from "../../store/identities.ts";
import { endSessionsOf } from "../../store/sessions.ts";
import { checkAccount } from "../accounts/check-authorization.ts";
import type { TokenDeps } from "../accounts/refreshing.ts";

/** So many accounts of one event are read at once. */
const pageSize = 50;

/**
 * Does what an event of a provider's means. Whatever it says, the provider is asked before an account ends: events are
 * late, repeated and unordered, and the person may have connected again since. Acting on it twice is harmless.
 * @returns how many accounts ended
 * @throws ProviderFailure, or Problem, when the provider can't be asked now: it must be acted on again
 */
export async function actOnEvent(
  deps: TokenDeps,
  { provider, event }: { provider: Provider; event: ProviderEvent },
): Promise<{ ended: number }> {
  const { about, means, name, note, saidAt } = event;
  if (about.kind === "identity" && (means === "hijacked" || means === "sessions_ended")) {
    await endSessions(deps, provider, about.providerUid, { name, saidAt });
  }
  let ended = 0;
  if (means === "check" || means === "hijacked") {
    for await (const account of accountsOf(deps, provider, about)) {
      if (await checkAccount(deps, provider, account, "provider_event")) ended++;
      // It says that all of them are over, so one that isn't contradicts it: a replay costs one question, not thousands.
      else if (about.kind === "identities") break;
    }
  }
  deps.log.info(
    { provider: provider.id, event: name, ...(note === undefined ? {} : { note }), ended },
    "a provider reported an event",
  );
  if (event.id !== null) await noteEvent(deps, { provider: provider.id, event, deliveryId: event.id, ended });
  return { ended };
}

/** What was told and what came of it, once, however often it is handled. */
async function noteEvent(
  deps: TokenDeps,
  told: { provider: string; event: ProviderEvent; deliveryId: string; ended: number },
): Promise<void> {
  const { provider, event, deliveryId, ended } = told;
  const { about, name, note } = event;
  const identity =
    about.kind === "identity" ? await findIdentity(deps.database, { provider, providerUid: about.providerUid }) : null;
  await writeDeliveryAudit(deps.database, {
    action: "provider.event",
    userId: identity?.userId ?? null,
    identityId: identity?.id ?? null,
    provider,
    deliveryId,
    detail: { event: name, ended, ...(note === undefined ? {} : { note }) },
  });
}

async function* accountsOf(deps: TokenDeps, provider: Provider, about: EventSubject): AsyncGenerator<Account> {
  if (about.kind === "identity") {
    const account = await readAccountOfIdentity(deps.database, {
      provider: provider.id,
      providerUid: about.providerUid,
    });
    if (account) yield account;
  } else if (about.kind === "refresh_token") {
    yield* await readAccountsByRefreshTokenName(deps, { provider: provider.id, name: about.name });
  } else if (about.kind === "identities") {
    let after = "";
    for (;;) {
      const page = await readAccountsOfIdentities(deps.database, {
        provider: provider.id,
        providerUidPrefix: about.providerUidPrefix,
        after,
        limit: pageSize,
      });
      for (const { account } of page) yield account;
      after = page.at(-1)?.providerUid ?? "";
      if (page.length < pageSize) return;
    }
  }
}

/** Whoever was signed in as that person then may not be them; who has signed in since has shown anew who they are. */
async function endSessions(
  deps: TokenDeps,
  provider: Provider,
  providerUid: string,
  { name, saidAt }: { name: string; saidAt: number | undefined },
): Promise<void> {
  const identity = await findIdentity(deps.database, { provider: provider.id, providerUid });
  const userId = identity?.userId;
  if (!userId) return;
  await deps.database.transaction(async (transaction) => {
    const before = saidAt === undefined ? null : new Date(saidAt * 1000);
    if ((await endSessionsOf(transaction, userId, before)) === 0) return;
    await writeAudit(transaction, {
      action: "sign_out",
      actor: "provider",
      userId,
      identityId: identity.id,
      provider: provider.id,
      detail: { event: name },
    });
  });
}
