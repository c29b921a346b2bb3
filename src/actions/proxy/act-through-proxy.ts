import { Problem } from "../../errors.ts";
import { ProviderFailure } from "../../providers/failure.ts";
import type { Provider } from "../../providers/provider.ts";
import type { UpstreamAnswer } from "../../providers/upstream.ts";
import type { AuditEvent } from "../../store/audit.ts";
import type { Credential } from "../../store/credential.ts";
import { providerProblem } from "../accounts/provider-problem.ts";
import { type AuditingDeps, audited } from "../acting/audited.ts";
import { type SendDeps, sendWithToken } from "../acting/send-with-token.ts";
import { type AuthoriseDeps, authorise, requireUsable } from "../delegations/authorise.ts";
import { isWrite } from "../look-alike/api-rules.ts";
import { noteTouched } from "./note-touched.ts";

export interface ProxyDeps extends SendDeps, AuditingDeps, AuthoriseDeps {
  userTokensEnabled: boolean;
}

export interface ProxyCall {
  provider: string;
  /** As `@HOST` names one; null: the provider's first. */
  host: string | null;
  method: string;
  /** Its path. For the audit log its first part, since others can name people. */
  segments: readonly string[];
  /** Its body, held back and read; undefined: not JSON, or too large for that. */
  json(): Promise<unknown>;
  /** Its body streams, so it can't be sent twice. */
  once(): boolean;
  send(origin: string, headers: Record<string, string>): Promise<UpstreamAnswer>;
}

/**
 * Sends a call to a provider's API as the person. Hosts are the provider's alone; reading takes `api:read`, everything
 * else `api:write`, and where reading can't be told from writing, so does everything.
 * @throws Problem as {@link authorise} does, `not_found` for a provider or a host that isn't there, and what using the
 *   person's token may throw
 */
export async function actThroughProxy(
  deps: ProxyDeps,
  caller: { credential: Credential; user: string | null; requestId: string },
  call: ProxyCall,
): Promise<{ answer: UpstreamAnswer; origin: string }> {
  const { credential, user } = caller;
  const provider = deps.providers.get(call.provider);
  const api = provider?.api;
  // Before the key, so that nobody is sent to permit what is nowhere; which providers there are is no secret.
  if (!provider || !api) throw new Problem("not_found", "There is no provider of that id here.");
  const write = isWrite(call.method) || api.writesByGet === true;
  const authorised = await authorise(deps, {
    credential,
    user,
    besidePass: user !== null,
    provider: call.provider,
    capabilities: [write ? "api:write" : "api:read"],
    target: null,
  });
  const account = requireUsable(deps, authorised.account, provider.id);
  let origin = originOf(provider, api.origins(account.metadata), call.host);
  const { bot, userId, identity } = authorised;
  const notes = await noteTouched(api, call);
  const event: AuditEvent & { action: "api.read" | "api.write" } = {
    action: write ? "api.write" : "api.read",
    actor: "bot",
    userId,
    botId: bot.id,
    identityId: identity?.id ?? null,
    provider: provider.id,
    attribution: "user",
    requestId: caller.requestId,
    detail: { method: call.method, host: new URL(origin).host, path: `/${call.segments[0] ?? ""}`, ...notes.before },
  };
  let learned: AuditEvent["detail"] = {};
  const answer = await audited(
    deps,
    event,
    async () => {
      const answered = await sendWithToken(deps, account, provider, {
        once: call.once(),
        send(token, live) {
          // A renewal can find that the account has moved to another host.
          origin = originOf(provider, api.origins(live.metadata), call.host);
          const send = () => call.send(origin, { ...notes.headers, ...api.headers(token) });
          return api.turn ? api.turn(send) : send();
        },
        understand: (refused) => refusalOf(provider, refused),
      });
      const after = await notes.after(answered).catch((error) => {
        throw providerProblem(error, provider);
      });
      learned = after.detail;
      return after.answer;
    },
    () => learned,
  );
  return { answer, origin };
}

function originOf(provider: Provider, origins: readonly string[], host: string | null): string {
  const origin = host === null ? origins[0] : origins.find((one) => new URL(one).host === host.toLowerCase());
  if (origin !== undefined) return origin;
  const hosts = origins.map((one) => new URL(one).host).join(", ");
  throw new Problem("not_found", `"${host}" is no host of ${provider.name}'s API. These are: ${hosts}.`);
}

function refusalOf(provider: Provider, { status, body }: UpstreamAnswer): ProviderFailure | null {
  if (status !== 401) return null;
  body.on("error", () => undefined).destroy();
  return new ProviderFailure("unauthorized", `${provider.name} did not accept the token`);
}
