import { z } from "zod";
import type { AuditAction } from "../../store/audit.ts";
import { writeDeliveryAudit } from "../../store/audit-delivery.ts";
import type { Database } from "../../store/database.ts";
import { findIdentity } from "../../store/identities.ts";

/** What GitHub says of an installation, as the audit log calls it. */
const actions: Record<string, AuditAction> = {
  "installation.created": "installation.created",
  "installation.deleted": "installation.deleted",
  "installation.suspend": "installation.suspended",
  "installation.unsuspend": "installation.unsuspended",
  "installation.new_permissions_accepted": "installation.permissions_accepted",
  "installation_repositories.added": "installation.repositories_added",
  "installation_repositories.removed": "installation.repositories_removed",
};

const withId = z.object({ id: z.number() });
const repositories = z.array(withId).optional();
const installationEvent = z.object({
  action: z.string(),
  installation: withId.extend({ repository_selection: z.string().optional() }),
  repositories,
  repositories_added: repositories,
  repositories_removed: repositories,
  sender: withId.nullish(),
});

/** An owner of thousands of repositories must not fill the log with one event. */
const mostIds = 100;

/**
 * Notes in the audit log that the app was installed, uninstalled, suspended, woken, granted more, or given or denied
 * repositories. Nothing else follows: where the app is installed is asked of GitHub before each use, never remembered.
 * Only ids are noted, of the installation and of repositories; of people only who is known here.
 */
export async function recordInstallation(
  deps: { database: Database },
  event: { provider: string; deliveryId: string; name: string; payload: unknown },
): Promise<void> {
  const { provider, deliveryId, name } = event;
  const payload = installationEvent.parse(event.payload);
  const action = actions[`${name}.${payload.action}`];
  if (!action) return;
  const { installation, sender } = payload;
  const identity = sender && (await findIdentity(deps.database, { provider, providerUid: String(sender.id) }));
  await writeDeliveryAudit(deps.database, {
    action,
    provider,
    deliveryId,
    userId: identity?.userId ?? null,
    identityId: identity?.id ?? null,
    detail: {
      installation_id: installation.id,
      ...(installation.repository_selection ? { repository_selection: installation.repository_selection } : {}),
      ...named(changedRepositories(payload)),
    },
  });
}

function changedRepositories(payload: z.infer<typeof installationEvent>): number[] {
  const lists = { added: payload.repositories_added, removed: payload.repositories_removed };
  const changed = payload.action === "added" || payload.action === "removed" ? lists[payload.action] : undefined;
  return (changed ?? payload.repositories ?? []).map(({ id }) => id);
}

/** GitHub names none when a choice goes from all to some, or to all: then it is not known how many there are. */
function named(ids: number[]): { repositories: number | null; repository_ids: string[] } {
  return { repositories: ids.length || null, repository_ids: ids.slice(0, mostIds).map(String) };
}
