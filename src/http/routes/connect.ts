import type { FastifyInstance } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";
import { finishRevocation } from "../../actions/accounts/wait-for-revocation.ts";
import { holdGrant } from "../../actions/connect-links/hold-grant.ts";
import { chooseOffers } from "../../actions/delegations/choose-offers.ts";
import { connectAccount } from "../../actions/sign-in/connect-account.ts";
import { ConnectRefusal } from "../../actions/sign-in/connect-refusal.ts";
import { finishAuthorization } from "../../actions/sign-in/finish-authorization.ts";
import { moreToAsk } from "../../actions/sign-in/more-to-ask.ts";
import { sessionLifeSeconds, signIn } from "../../actions/sign-in/sign-in.ts";
import { startAuthorization } from "../../actions/sign-in/start-authorization.ts";
import { browserWords } from "../browser-words.ts";
import type { HttpDeps } from "../deps.ts";
import { offersFields } from "../offers-body.ts";
import type { CountAttempt } from "../rate-limits.ts";
import { sendConnectRefusal } from "../send-connect-refusal.ts";
import { currentSession, isSignedIn, sessionSecret, setSessionCookie } from "../session.ts";
import { requireProvider } from "./sign-in.ts";

/** What the person ticked of what a provider may be asked for besides. */
const scopes = z
  .union([z.string(), z.array(z.string())])
  .transform((value) => [value].flat())
  .pipe(z.array(z.string().max(300)).max(100))
  .optional();
const connectBody = z.object({ ...offersFields, scope: scopes }).nullish();

/** Connecting an account, and the callback that connecting and signing in share. */
export function connectRoutes(page: FastifyInstance, deps: HttpDeps & { countAttempt: CountAttempt }): void {
  const scope = page.withTypeProvider<ZodTypeProvider>();
  const params = z.object({ provider: z.string() });

  scope.post("/connect/:provider", { schema: { params, body: connectBody } }, async (request, reply) => {
    const provider = requireProvider(deps, request.params.provider);
    const session = await currentSession(deps, request);
    const secret = sessionSecret(deps, request);
    if (!isSignedIn(session) || !secret) return reply.redirect("/?return_to=/accounts", 303);
    try {
      if (!deps.userTokensEnabled) throw new ConnectRefusal("user_tokens_disabled");
      await finishRevocation(deps, { userId: session.userId, provider: provider.id });
      const { offer: shown = [], refuse: refused = [], scope: ticked = [] } = request.body ?? {};
      const more = await moreToAsk(deps, { userId: session.userId, provider, scopes: ticked });
      const offerIds = await chooseOffers(deps, { userId: session.userId, provider: provider.id, shown, refused });
      const address = await startAuthorization(deps, {
        provider,
        purpose: "connect",
        sessionSecret: secret,
        returnTo: null,
        offerIds,
        ...more,
      });
      return reply.redirect(address, 303);
    } catch (error) {
      if (!(error instanceof ConnectRefusal)) throw error;
      return sendConnectRefusal(deps, request, reply, error, provider.name);
    }
  });

  scope.get(
    "/connect/:provider/callback",
    {
      schema: {
        params,
        // A parameter that is given twice is none: which of them counts would be anybody's guess.
        querystring: z
          .object({
            state: z.string().max(200).optional().catch(undefined),
            code: z.string().max(2000).optional().catch(undefined),
            error: z.string().max(200).optional().catch("garbled"),
          })
          .loose(),
      },
    },
    async (request, reply) => {
      const provider = requireProvider(deps, request.params.provider);
      const secret = sessionSecret(deps, request);
      try {
        const granted = await finishAuthorization(deps, {
          provider,
          callback: {
            state: request.query.state,
            code: request.query.code,
            error: request.query.error,
            parameters: givenOnce(request.query),
          },
          sessionSecret: secret,
        });
        if (granted.purpose === "sign_in" && secret) {
          const browser = browserWords(request.headers["user-agent"]);
          const created = await signIn(deps, { sessionSecret: secret, provider, granted, browser });
          setSessionCookie(deps, reply, created, sessionLifeSeconds);
          return reply.redirect(granted.returnTo ?? "/accounts", 303);
        }
        const session = await currentSession(deps, request);
        const { linkId } = granted;
        if (linkId) {
          await holdGrant(deps, { linkId, userId: session?.userId ?? null, provider, granted });
          return reply.redirect(`/connecting/${linkId}`, 303);
        }
        await connectAccount(deps, { userId: session?.userId ?? null, provider, granted });
        return reply.redirect("/accounts?done=connected", 303);
      } catch (error) {
        if (!(error instanceof ConnectRefusal)) throw error;
        // Whoever guesses states or codes is counted here; a sign-in that succeeds was counted where it began.
        await deps.countAttempt(request);
        return sendConnectRefusal(deps, request, reply, error, provider.name);
      }
    },
  );
}

/** What a provider adds to a callback, such as `iss` (RFC 9207): what is given twice is left out, as above. */
function givenOnce(query: Record<string, unknown>): Record<string, string> {
  const texts = Object.entries(query).filter((entry): entry is [string, string] => typeof entry[1] === "string");
  return Object.fromEntries(texts.filter(([, value]) => value.length <= 2000).slice(0, 20));
}
