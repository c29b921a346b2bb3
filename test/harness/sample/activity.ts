import type { Stack } from "../stack.ts";
import type { SampleBots } from "./bots.ts";

/** What bots did as Ada: now, one after the other, and on the days before, as counts. */
export async function sampleActivity(
  stack: Stack,
  bots: SampleBots,
  userId: string,
): Promise<{ repositoryId: string }> {
  const { deploy, docs, platform } = bots;
  const { body: repository } = await stack.call("PUT", "/api/v1/repositories", {
    key: platform.key,
    body: { repository: "acme/site", synced_by: userId, every: 3600 },
  });
  const asked = { requested_by: "gh.4712036", run_url: "https://ci.example/runs/41" };
  const changes = (path: string) => [{ path, content: "hello\n" }];
  await stack.commit(deploy.key, { ...asked, changes: changes("hello.txt") });
  await stack.commit(docs.key, { changes: changes("docs/hello.md"), branch: "docs/hello", base: "main" });
  await stack.commit(deploy.key, { ...asked, expected_head: "0".repeat(40) });
  await stack.commit(deploy.key, { branch: "forbidden" });
  for (const { key } of [deploy, docs]) {
    const wish = { user: userId, provider: "github", repositories: ["acme/site"], capabilities: ["commit"] };
    await stack.call("POST", "/api/v1/passes", { key, body: { ...wish, expires_in: 3600, ...asked } });
  }
  await stack.database.query({
    text: `INSERT INTO activity_days (user_id, day, bot_id, events)
      SELECT $1, (now() AT TIME ZONE 'UTC')::date - back, bot, 1 + (back * 7 + place * 5) % 13
      FROM generate_series(1, 29) AS back, unnest($2::uuid[]) WITH ORDINALITY AS each (bot, place)
      WHERE (back + place) % 4 > 0`,
    values: [userId, [deploy.id, docs.id, bots.review.id]],
  });
  await stack.database.query({
    text: `INSERT INTO attribution_days (day, attribution, events)
      SELECT (now() AT TIME ZONE 'UTC')::date - back, attribution, (back * 11 + length(attribution) * 3) % 40
      FROM generate_series(1, 29) AS back, unnest(ARRAY['user', 'app']) AS attribution`,
    values: [],
  });
  return { repositoryId: String(repository.id) };
}
