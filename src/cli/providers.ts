import type { Command } from "commander";
import type { ProviderReport } from "../actions/providers/check-providers.ts";
import { ConfigError } from "../config/read-config.ts";
import { harmless } from "./command.ts";
import type { DoctorDeps } from "./doctor.ts";

/** `providers check`: what is configured for each provider, and what is wrong with it. */
export function providerCommands(program: Command, deps: DoctorDeps): void {
  program
    .command("providers")
    .description("look at the providers that people can connect")
    .command("check")
    .argument("[ID]", "one of them; without it, all")
    .description("say what is configured, what to register at the provider, and what is wrong; then exit status is 1")
    .option("--json", "print one JSON object")
    .action(async (only: string | undefined, options: { json?: boolean }) => {
      const { checkProviders } = await import("../actions/providers/check-providers.ts");
      try {
        const report = await checkProviders(deps, { environment: deps.environment, only: only ?? null });
        if (options.json) deps.print(JSON.stringify(asJson(report)));
        else for (const line of report.providers.flatMap(inLines)) deps.print(line);
        if (!report.ok) deps.fail();
      } catch (error) {
        if (!(error instanceof ConfigError && options.json)) throw error;
        deps.print(JSON.stringify({ ok: false, faults: error.faults, providers: [] }));
        deps.fail();
      }
    });
}

function asJson({ ok, providers }: { ok: boolean; providers: ProviderReport[] }) {
  return {
    ok,
    faults: [],
    providers: providers.map(({ id, name, from, signIn, scopes, callbackUrl, hookUrls, checks }) => ({
      id,
      name,
      from,
      sign_in: signIn,
      scopes,
      callback_url: callbackUrl,
      hook_urls: hookUrls,
      checks,
    })),
  };
}

function inLines({ id, name, from, signIn, scopes, callbackUrl, hookUrls, checks }: ProviderReport): string[] {
  const { asked, required, optional } = scopes;
  const listed = (label: string, words: readonly string[]) =>
    words.length > 0 ? [`  ${label}: ${words.join(" ")}`] : [];
  return [
    `${id}: ${name}, from ${from}${signIn ? ", a way to sign in" : ""}`,
    `  callback URL to register: ${callbackUrl}`,
    ...hookUrls.map((url) => `  address to register for what it tells: ${url}`),
    ...listed("scopes", asked),
    ...listed("required", required),
    ...listed("may be asked for besides", optional),
    ...checks.flatMap(({ id: check, status, says, repair }) => [
      `  ${status.padEnd(7)}  ${check.padEnd(10)}  ${says}`,
      ...(repair ? [`                       → ${repair}`] : []),
    ]),
    "",
  ].map(harmless);
}
