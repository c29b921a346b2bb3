import { beforeAll } from "vitest";
import { Browser } from "../browser.ts";
import { type FiveProviders, useFiveProviders } from "../five-providers.ts";
import { sampleActivity } from "./activity.ts";
import { type SampleBots, sampleBots } from "./bots.ts";
import { sampleMember } from "./member.ts";
import { platformOrigin, sampleOthers } from "./others.ts";
import { sampleTrouble } from "./trouble.ts";

/** As whom a page is looked at: in a browser that nobody is signed in with, as somebody with everything, as an admin. */
export type Role = "nobody" | "member" | "admin";

/** A stack in use: every provider, every state of an account, bots, permissions, mirrors, and what has gone wrong. */
export interface Sample extends FiveProviders {
  browsers: Record<Role, Browser>;
  /** One of the member's permissions. */
  delegationId: string;
  memberId: string;
  /** Mirrored as the member. */
  repositoryId: string;
  bots: SampleBots;
  /** Of a host platform, for a user of its own who has connected nothing. */
  connectLink: string;
  /** Where the member is asked whether to connect what came back from GitHub by such a link. */
  confirmation: string;
}

export function useSample(): Sample {
  const five = useFiveProviders(() => ({ ADMIN_USERS: "gh.4712036", RETURN_TO_ORIGINS: platformOrigin }));
  const sample: Sample = Object.create(null);
  beforeAll(async () => {
    const { stack } = five;
    const bots = await sampleBots(stack);
    const member = await sampleMember(five, bots);
    const admin = await stack.connect("grace");
    const others = await sampleOthers(stack, bots, member.browser);
    const { repositoryId } = await sampleActivity(stack, bots, member.userId);
    await sampleTrouble(stack, member.userId);
    const browsers = { nobody: new Browser(), member: member.browser, admin: admin.browser };
    Object.assign(sample, {
      ...five,
      bots,
      browsers,
      delegationId: member.delegationId,
      memberId: member.userId,
      repositoryId,
      ...others,
    });
  });
  return sample;
}
