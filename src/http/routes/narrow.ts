import type { FastifyInstance } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";
import { namedProvider } from "../../actions/accounts/account-problem.ts";
import { DelegationFault } from "../../actions/delegations/delegation-fault.ts";
import { narrowDelegation, requireDelegation } from "../../actions/delegations/narrow-delegation.ts";
import { isGithubProvider } from "../../config/github-app.ts";
import type { Delegation } from "../../store/delegations.ts";
import { narrowPage } from "../../views/narrow.ts";
import type { PermissionForm } from "../../views/permission-form.ts";
import { apiWords, capabilityWords } from "../capability-words.ts";
import type { HttpDeps } from "../deps.ts";
import { lastMoment } from "../last-moment.ts";
import { sendPage, signInAddress, viewerOf } from "../page.ts";
import { linesOf, scopeBody } from "../scope-body.ts";
import { currentSession, isSignedIn, type UserSession } from "../session.ts";

const params = z.object({ id: z.uuid() });
const formBody = scopeBody.extend({ until: z.string().max(40).catch("") });

/** Letting a bot do less than before. */
export function narrowRoutes(page: FastifyInstance, deps: HttpDeps): void {
  const scope = page.withTypeProvider<ZodTypeProvider>();

  scope.get("/permissions/:id", { schema: { params } }, async (request, reply) => {
    const session = await currentSession(deps, request);
    if (!isSignedIn(session)) return reply.redirect(signInAddress(request), 303);
    const delegation = await requireDelegation(deps, { id: request.params.id, userId: session.userId });
    return sendPage(reply, narrowView(deps, session, delegation, formOf(delegation)));
  });

  scope.post("/permissions/:id/narrow", { schema: { params, body: formBody } }, async (request, reply) => {
    const session = await currentSession(deps, request);
    if (!isSignedIn(session)) return reply.redirect("/?return_to=/permissions", 303);
    const of = { id: request.params.id, userId: session.userId };
    const { repositories, branches, capability, until } = request.body;
    const before = await requireDelegation(deps, of);
    // The day says less than the time at which it ends: who leaves it as it is means that time.
    const unchanged = until !== "" && until === formOf(before).until;
    try {
      await narrowDelegation(deps, of, {
        repositories: linesOf(repositories),
        branches: linesOf(branches),
        capabilities: capability,
        endsAt: unchanged ? before.endsAt : lastMoment(until),
      });
      return reply.redirect("/permissions?done=narrowed", 303);
    } catch (error) {
      if (!(error instanceof DelegationFault)) throw error;
      const entered = { repositories, branches, until, capabilities: capability };
      const form = { ...entered, error: error.message, field: error.field };
      return sendPage(reply, narrowView(deps, session, before, form), 400);
    }
  });
}

function narrowView(deps: HttpDeps, session: UserSession, delegation: Delegation, form: PermissionForm) {
  const { provider } = delegation;
  const elsewhere = isGithubProvider(provider) ? null : apiWords(namedProvider(deps, provider).name);
  return narrowPage({
    viewer: viewerOf(session),
    delegation: { ...delegation, until: delegation.endsAt, elsewhere },
    capabilities: (elsewhere ?? capabilityWords).filter(({ id }) => delegation.capabilities.includes(id)),
    form,
  });
}

/** What it is now, to take away from. */
function formOf({ repositories, branches, capabilities, endsAt }: Delegation): PermissionForm {
  return {
    repositories: repositories.join("\n"),
    branches: branches.includes("*") ? "" : branches.join("\n"),
    capabilities,
    until: endsAt?.toISOString().slice(0, 10) ?? "",
  };
}
