import { type ConnectLink, readConnectLink } from "../../store/connect-links.ts";
import type { Database } from "../../store/database.ts";
import { hashSecret } from "../sign-in/secrets.ts";
import { LinkRefusal } from "./link-refusal.ts";

/** The browser that asks: null where it has no session. */
export type Visitor = { id: Buffer; userId: string | null } | null;

/**
 * Reads a link that somebody opened, which uses nothing up: programs that look at mail open it, too.
 * @returns one that can be begun, or what became of it where this is the browser that used it
 * @throws LinkRefusal
 */
export async function openConnectLink(
  deps: { database: Database },
  request: { secret: string; visitor: Visitor },
): Promise<ConnectLink> {
  const { secret, visitor } = request;
  const link = await readConnectLink(deps.database, { secretHash: hashSecret(secret) });
  if (!link) throw new LinkRefusal("link_unknown");
  const mine = isSameBrowser(link, visitor);
  if (!mine && (link.sessionId || link.outcome)) throw new LinkRefusal("link_used");
  if (!link.pending && !link.outcome && !link.fresh) throw new LinkRefusal("link_expired");
  requireRightUser(link, visitor);
  return link;
}

/**
 * Reads what became of a link, in the browser that used it.
 * @throws LinkRefusal `link_other_browser`, `link_other_user`, `sign_in_first`
 */
export async function readConnecting(
  deps: { database: Database },
  request: { id: string; visitor: Visitor },
): Promise<ConnectLink> {
  const { id, visitor } = request;
  const link = await readConnectLink(deps.database, { id });
  if (!link || !isSameBrowser(link, visitor)) throw new LinkRefusal("link_other_browser");
  requireRightUser(link, visitor);
  return link;
}

/** What the platform calls the user, else as whom onbehalf knows them. */
export function userName(link: ConnectLink): string {
  return link.externalId ?? (link.login === null ? link.userId : `@${link.login}`);
}

function isSameBrowser(link: ConnectLink, visitor: Visitor): boolean {
  return Boolean(visitor && link.sessionId?.equals(visitor.id));
}

/**
 * Whoever is signed in here must be the link's user. Where the platform's own session doesn't complete it, they must be
 * signed in, from before they leave for the provider: else a forwarded link would tie a stranger's account to its user.
 */
function requireRightUser(link: ConnectLink, visitor: Visitor): void {
  const userId = visitor?.userId ?? null;
  if (userId !== null && userId !== link.userId) throw new LinkRefusal("link_other_user", userName(link));
  if (userId === null && link.returnTo === null) throw new LinkRefusal("sign_in_first", userName(link));
}
