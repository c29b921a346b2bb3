import { offerBot } from "../../../src/actions/bots/offer-bot.ts";
import { setCeiling } from "../../../src/actions/bots/set-ceiling.ts";
import type { Stack } from "../stack.ts";

export type SampleBots = Record<"deploy" | "docs" | "review" | "platform", { id: string; name: string; key: string }>;

/** A bot that may do anything, one with a limit, one that is offered to everybody, and a host platform. */
export async function sampleBots({ bot, database }: Stack): Promise<SampleBots> {
  const bots = {
    deploy: await bot("deploy-bot"),
    docs: await bot("docs-bot"),
    review: await bot("review-bot"),
    platform: await bot("builder", "platform"),
  };
  const scope = { repositories: ["acme/*"], branches: ["*"], capabilities: ["commit", "push"] };
  const by = { actor: "operator" } as const;
  await setCeiling({ database }, { botId: bots.docs.id, ceiling: scope, by });
  const offered = { ...scope, capabilities: ["commit"] };
  await offerBot({ database }, { botId: bots.review.id, provider: "github", scope: offered, by });
  return bots;
}
