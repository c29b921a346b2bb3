import type { UpstreamAnswer } from "../../providers/upstream.ts";
import { audited } from "../acting/audited.ts";
import { sendAsPerson } from "../acting/send-as-person.ts";
import { sendScoped } from "../acting/send-scoped.ts";
import { requireUsable } from "../delegations/authorise.ts";
import { type ApiCaller, allow, describe, type LookAlikeDeps } from "./allow.ts";
import { type GraphqlRequest, graphqlRule } from "./graphql-rules.ts";

/**
 * Answers a GraphQL request as the person. What it reaches can't be told from its text (a node's id says nothing to
 * us), so for a pass it is sent with a token that GitHub itself has limited to the pass's repositories.
 * @throws Problem as `authorise`, {@link graphqlRule}, {@link sendScoped} and {@link sendAsPerson} do
 */
export async function actOnGraphql(
  deps: LookAlikeDeps,
  caller: ApiCaller,
  request: GraphqlRequest,
  send: (token: string) => Promise<UpstreamAnswer>,
): Promise<UpstreamAnswer> {
  const rule = graphqlRule(request);
  const authorised = await allow(deps, caller, rule, rule.repository ?? "*");
  const account = requireUsable(deps, authorised.account, authorised.provider);
  const { repository, fields, write } = rule;
  const event = describe(caller, authorised, { write, rule, repository, detail: { graphql: fields } });
  const { pass } = authorised;
  return audited(deps, event, () =>
    pass
      ? sendScoped(deps, account, pass, { once: false, send })
      : sendAsPerson(deps, account, { owner: "", once: false, send }),
  );
}
