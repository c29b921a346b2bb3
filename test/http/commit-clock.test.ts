import { expect, test } from "vitest";
import { commitBody, commitCount, commitOnce } from "../harness/keyed-commit.ts";
import { committer } from "../harness/people.ts";
import { expectProblem } from "../harness/problem.ts";
import { useStack } from "../harness/use-stack.ts";

const stack = useStack();

test.each(["3 hours", "-3 hours"])("a lost commit is found, also when our clock is off by %s", async (off) => {
  const who = await committer(stack);
  const before = commitCount(stack, who);
  const match = { operation: "createCommitOnBranch" };
  stack.sandbox.faults.add({ match, dropAfterHandling: true });
  stack.sandbox.faults.add({ match, respond: { status: 502, body: "<html>" }, times: 9 });
  expectProblem(await commitOnce(stack, who, "key", commitBody(who)), 503, "provider_unavailable");
  stack.sandbox.faults.clear();
  expect(commitCount(stack, who)).toBe(before + 1);
  await stack.database.query({
    text: `UPDATE commits SET attempts = jsonb_set(attempts, '{0,at}', to_jsonb((attempts->0->>'at')::timestamptz + $1::interval))
      WHERE idempotency_key = 'key'`,
    values: [off],
  });
  const oid = stack.sandbox.repository(who.repository).head();
  const answer = await commitOnce(stack, who, "key", commitBody(who));
  expect(answer.body).toMatchObject({ oid });
  expect(commitCount(stack, who)).toBe(before + 1);
  await stack.database.query({ text: "DELETE FROM commits" });
});
