import type { FastifyReply } from "fastify";
import { Problem } from "../errors.ts";
import { listBots } from "../store/bots.ts";
import { listLimitedBots } from "../store/ceilings.ts";
import { listKeys } from "../store/keys.ts";
import { listOffers } from "../store/offers.ts";
import { type AdminBotForm, adminBotPage } from "../views/admin-bot.ts";
import type { AdminKeyForm } from "../views/admin-bot-keys.ts";
import type { AdminBot } from "../views/admin-bots.ts";
import type { Notice } from "../views/notice.ts";
import { actingApps } from "./acting-apps.ts";
import { capabilityWords } from "./capability-words.ts";
import type { HttpDeps } from "./deps.ts";
import { sendPage, viewerOf } from "./page.ts";
import type { UserSession } from "./session.ts";

/** The live bots and then the platforms, by name. */
export async function adminBots(deps: HttpDeps): Promise<AdminBot[]> {
  const apps = actingApps(deps);
  const [bots, offers, platforms] = await Promise.all([
    listLimitedBots(deps.database),
    listOffers(deps.database),
    listBots(deps.database, { live: true, kind: "platform" }),
  ]);
  const all = [
    ...bots.map((bot) => ({ ...bot, kind: "bot" as const })),
    ...platforms.map(({ id, name, createdAt }) => ({ id, name, createdAt, ceiling: null, kind: "platform" as const })),
  ];
  const keys = Map.groupBy(
    await listKeys(
      deps.database,
      all.map(({ id }) => id),
    ),
    ({ botId }) => botId,
  );
  return all.map((bot) => ({
    ...bot,
    keys: keys.get(bot.id) ?? [],
    offers: apps.map(({ id: provider, name }) => ({
      provider,
      app: apps.length > 1 ? name : null,
      scope: offers.find((offer) => offer.botId === bot.id && offer.provider === provider) ?? null,
    })),
  }));
}

/** A live bot or platform. @throws Problem `not_found` */
export async function requireAdminBot(deps: HttpDeps, id: string): Promise<AdminBot> {
  const bot = (await adminBots(deps)).find((each) => each.id === id);
  if (!bot) throw new Problem("not_found", "There is no live bot of that id.");
  return bot;
}

/** Sends the page of one bot, with what was just done or what is wrong with what was entered. */
export async function sendBot(
  deps: HttpDeps,
  reply: FastifyReply,
  session: UserSession,
  shown: {
    id: string;
    notice?: Notice | null;
    form?: AdminBotForm;
    keyForm?: AdminKeyForm;
    confirmError?: string;
  },
  status = 200,
): Promise<FastifyReply> {
  const bot = await requireAdminBot(deps, shown.id);
  const { id: _, ...rest } = shown;
  return sendPage(
    reply,
    adminBotPage({ viewer: viewerOf(session), bot, capabilities: capabilityWords, ...rest }),
    status,
  );
}
